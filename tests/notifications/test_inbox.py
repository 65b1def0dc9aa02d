from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from parcels import Parcel, ParcelOnFireNotice, Shelf, Tell
from pytest_django.fixtures import DjangoAssertNumQueries

from foundation.accounts.models import User
from foundation.notifications.inbox import PAGE, count_unread, read_inbox
from foundation.notifications.models import Channel, InboxItem
from foundation.notifications.operations import mark_all_read, mark_read, mark_read_about, send_due

pytestmark = pytest.mark.django_db

IN_APP = {"channels": [Channel.IN_APP]}


@pytest.fixture
def inbox(client: Client, agent: User) -> Client:
    client.force_login(agent)
    return client


def test_the_newest_is_on_top_with_its_words(
    tell: Tell, shelf: Shelf, agent: User, now: datetime, inbox: Client
) -> None:
    tell(agent, **IN_APP)
    tell(agent, subject=shelf.add(agent).subject, at=now + timedelta(seconds=1), **IN_APP)
    send_due(now=now + timedelta(minutes=1))

    page = inbox.get(reverse("notifications:inbox")).content.decode()

    assert page.index("PC-2") < page.index("PC-1")


def test_what_she_lost_sight_of_is_absent_and_not_counted(
    tell: Tell, parcel: Parcel, agent: User, now: datetime, inbox: Client
) -> None:
    tell(agent, **IN_APP)
    send_due(now=now)
    assert count_unread(agent) == 1

    parcel.hide_from(agent)

    assert count_unread(agent) == 0
    assert "PC-1" not in inbox.get(reverse("notifications:inbox")).content.decode()


def test_what_must_arrive_stays_without_content(
    tell: Tell, parcel: Parcel, agent: User, now: datetime, inbox: Client
) -> None:
    tell(agent, notice=ParcelOnFireNotice.code, **IN_APP)
    send_due(now=now)
    parcel.hide_from(agent)

    page = inbox.get(reverse("notifications:inbox")).content.decode()

    assert "PC-1" not in page
    assert "may not read" in page


def test_reading_marks_only_her_own(tell: Tell, agent: User, colleague: User, now: datetime) -> None:
    tell(agent, colleague, **IN_APP)
    send_due(now=now)
    pks = list(InboxItem.objects.values_list("pk", flat=True))

    assert mark_read(pks, by=agent, now=now) == 1
    assert mark_read(pks, by=agent, now=now) == 0
    assert (count_unread(agent), count_unread(colleague)) == (0, 1)


def test_marking_all_spares_what_came_since(tell: Tell, agent: User, now: datetime) -> None:
    tell(agent, **IN_APP)
    send_due(now=now)
    shown = InboxItem.objects.get()
    tell(agent, at=now + timedelta(seconds=1), **IN_APP)
    send_due(now=now + timedelta(seconds=1))

    assert mark_all_read(by=agent, now=now, up_to=shown.pk) == 1
    assert count_unread(agent) == 1


def test_opening_a_record_marks_what_tells_of_it(
    tell: Tell, parcel: Parcel, shelf: Shelf, agent: User, now: datetime
) -> None:
    tell(agent, **IN_APP)
    tell(agent, subject=shelf.add(agent).subject, **IN_APP)
    send_due(now=now)

    assert mark_read_about(parcel.subject, by=agent, now=now) == 1
    assert count_unread(agent) == 1


def test_the_page_marks_read_one_or_all(tell: Tell, agent: User, now: datetime, inbox: Client) -> None:
    for _number in range(3):
        tell(agent, **IN_APP)
    send_due(now=now)
    newest = InboxItem.objects.latest("pk")
    url = reverse("notifications:read")

    assert inbox.post(url, {"item": newest.pk}).status_code == 302
    assert count_unread(agent) == 2
    inbox.post(url, {"up_to": newest.pk})
    assert count_unread(agent) == 0


@pytest.mark.parametrize("data", [{}, {"item": "x"}, {"item": "99999999999999999999"}, {"item": 1, "up_to": 1}])
def test_a_form_that_names_nothing_marks_nothing(
    tell: Tell, agent: User, now: datetime, inbox: Client, data: dict[str, str]
) -> None:
    tell(agent, **IN_APP)
    send_due(now=now)

    assert inbox.post(reverse("notifications:read"), data).status_code == 302
    assert count_unread(agent) == 1


def test_a_long_inbox_is_paged_and_costs_no_more_queries(
    tell: Tell, agent: User, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for second in range(PAGE + 5):
        tell(agent, at=now + timedelta(seconds=second), **IN_APP)
    send_due(now=now + timedelta(minutes=5))

    with django_assert_max_num_queries(2):
        first = read_inbox(agent)
    rest = read_inbox(agent, before=first.before)

    assert (len(first.lines), len(rest.lines), rest.before) == (PAGE, 5, None)


def test_the_bell_says_how_many_are_new(tell: Tell, agent: User, now: datetime, inbox: Client) -> None:
    assert inbox.get(reverse("notifications:unread")).content.decode().strip() == ""
    tell(agent, **IN_APP)
    send_due(now=now)

    assert "1 new notification" in inbox.get(reverse("notifications:unread")).content.decode()
