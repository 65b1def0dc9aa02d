"""A lost Valkey is a cache miss, never an error, and costs one timeout."""

import time

import pytest

from tsdesk.cache import LossyCache

OPTIONS = {"OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}}


@pytest.fixture
def lost() -> LossyCache:
    return LossyCache("redis://127.0.0.1:1/0", OPTIONS)


def test_what_is_kept_comes_back(settings: object) -> None:
    cache = LossyCache(settings.REDIS_URL, {"KEY_PREFIX": "tests", **OPTIONS})  # type: ignore[attr-defined]
    cache.set("a", 1)
    cache.set_many({"b": 2})
    assert (cache.get("a"), cache.get_many(["a", "b"]), cache.incr("a")) == (1, {"a": 1, "b": 2}, 2)
    cache.delete_many(["a", "b"])
    assert cache.get("a", "gone") == "gone"


def test_without_valkey_reads_find_nothing(lost: LossyCache) -> None:
    assert lost.get("a") is None
    assert lost.get("a", "default") == "default"
    assert lost.get_many(["a"]) == {}
    assert "a" not in lost
    assert lost.get_or_set("a", lambda: "made") == "made"


def test_without_valkey_writes_do_nothing(lost: LossyCache) -> None:
    lost.set("a", 1)
    assert lost.add("a", 1) is False
    assert lost.touch("a") is False
    assert lost.delete("a") is False
    assert lost.set_many({"a": 1}) == ["a"]
    lost.delete_many(["a"])
    with pytest.raises(ValueError, match="not found"):
        lost.incr("a")


def test_after_one_failure_valkey_is_left_alone_for_a_while() -> None:
    # An address that swallows packets: each try would cost the whole timeout.
    lost = LossyCache("redis://127.255.255.254:1/0", OPTIONS)
    began = time.monotonic()
    for _ in range(50):
        lost.get("a")
    assert time.monotonic() - began < 1
