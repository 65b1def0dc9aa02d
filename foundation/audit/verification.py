"""Proving that the trail is what it was: every entry in one seal, every seal after the one before it."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.db import transaction

from foundation.audit.canonical import FIRST, digest, seal_hash
from foundation.audit.models import Entry, Payload, Seal, Sealed
from foundation.audit.payloads import Unreadable, unlock

LATE_AT_MOST = timedelta(days=2)
"""An entry older than this, counted back from the last seal, has been seen by many a whole pass of the sealer."""


class Anchor(NamedTuple):
    """What was written down outside: after this many seals the chain's head was this hash."""

    seals: int
    head: str


class Verdict(NamedTuple):
    """What a verification found. ``first_bad`` is the id of the first entry that is not what it was, None when all
    are; for a damaged seal it is the first entry of that seal. ``why`` says what is wrong with it."""

    entries: int
    seals: int
    first_bad: int | None
    why: str
    head: str

    @property
    def holds(self) -> bool:
        return not self.why


class _Broken(Exception):
    def __init__(self, entry: int | None, why: str) -> None:
        super().__init__(why)
        self.entry = entry
        self.why = why


def verify(anchor: Anchor | None = None) -> Verdict:
    """Check the whole chain, the digest of every entry and the text behind every digest. Memory stays flat."""
    entries = seals = 0
    head = FIRST
    try:
        with transaction.atomic():
            for seal in Seal.objects.order_by("pk").iterator(chunk_size=500):
                entries += _check_seal(seal, head)
                seals, head = seals + 1, seal.hash
                if anchor and anchor.seals == seals and anchor.head != head:
                    raise _Broken(_first_of(seal), f"seal {seal.pk} is not the one that was anchored")
            if anchor and anchor.seals > seals:
                raise _Broken(None, f"the chain ends after {seals} seals; {anchor.seals} were anchored")
            entries += _check_unsealed()
    except _Broken as broken:
        return Verdict(entries, seals, broken.entry, broken.why, head)
    return Verdict(entries, seals, None, "", head)


def _check_seal(seal: Seal, previous: str) -> int:
    members = list(Sealed.objects.filter(seal=seal).select_related("entry").order_by("position"))
    first = members[0].entry_id if members else None
    if seal.previous_hash != previous:
        raise _Broken(first, f"seal {seal.pk} does not follow the one before it")
    for position, member in enumerate(members):
        if digest(member.entry) != member.digest:
            raise _Broken(member.entry_id, f"entry {member.entry_id} is not what was sealed")
        if member.position != position:
            raise _Broken(member.entry_id, f"entry {member.entry_id} is out of its place in seal {seal.pk}")
    if len(members) != seal.entries:
        raise _Broken(first, f"seal {seal.pk} held {seal.entries} entries and holds {len(members)}")
    if seal_hash(previous, ((member.entry_id, member.digest) for member in members)) != seal.hash:
        raise _Broken(first, f"seal {seal.pk} does not match its entries")
    _check_texts([member.entry for member in members])
    return len(members)


def _check_unsealed() -> int:
    """Entries in no seal are newer than the last one, or committed late; an old one was cut out of its seal."""
    last = Seal.objects.order_by("-pk").first()
    unsealed = Entry.objects.filter(sealed=None).order_by("pk")
    count = 0
    for chunk in _chunks(unsealed.iterator(chunk_size=500), 500):
        for entry in chunk:
            if last is not None and entry.recorded_at < last.sealed_at - LATE_AT_MOST:
                raise _Broken(entry.pk, f"entry {entry.pk} lies in no seal")
        _check_texts(chunk)
        count += len(chunk)
    return count


def _check_texts(entries: list[Entry]) -> None:
    wanted = {kept["payload"] for entry in entries for kept in entry.texts.values()}
    if not wanted:
        return
    payloads = {str(payload.pk): payload for payload in Payload.objects.filter(pk__in=wanted).select_related("key")}
    for entry in entries:
        for name, kept in entry.texts.items():
            if not _text_holds(payloads.get(kept["payload"]), kept["sha256"]):
                raise _Broken(entry.pk, f"the text {name} of entry {entry.pk} is not what was written")


def _text_holds(payload: Payload | None, sha256: str) -> bool:
    if payload is None:
        return False
    try:
        plain = unlock(payload)
    except Unreadable:
        return False
    return plain is None or hashlib.sha256(plain).hexdigest() == sha256


def _first_of(seal: Seal) -> int | None:
    return seal.members.order_by("position").values_list("entry_id", flat=True).first()


def _chunks(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while chunk := list(islice(items, size)):
        yield chunk
