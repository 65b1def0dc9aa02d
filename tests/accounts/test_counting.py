"""Counts that hold when many come at once."""

from threading import Thread

import pytest
from django.core.management import call_command
from django.db import connection

from foundation.accounts.counting import throttle


@pytest.mark.django_db
def test_a_window_begins_with_its_first_count_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert throttle().count("x", seconds=60).times == 1
    second = throttle().count("x", seconds=600)
    assert second.times == 2
    assert 0 < second.seconds_left <= 60
    assert throttle().count("over", seconds=-1).times == 1
    assert throttle().count("over", seconds=60).times == 1


@pytest.mark.django_db
def test_it_takes_one_statement(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        throttle().count("x", seconds=60)


@pytest.mark.django_db
def test_forgotten_is_counted_from_one_again() -> None:
    throttle().count("x", seconds=60)
    throttle().forget("x")
    assert throttle().count("x", seconds=60).times == 1


@pytest.mark.django_db(transaction=True)
def test_none_is_lost_when_many_count_at_once() -> None:
    call_command("createcachetable", verbosity=0)

    def count() -> None:
        try:
            for _time in range(20):
                throttle().count("many", seconds=60)
        finally:
            connection.close()

    threads = [Thread(target=count) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert throttle().count("many", seconds=60).times == 101
    throttle().clear()
