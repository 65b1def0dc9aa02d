"""Sealing the trail, and erasing texts from it."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from foundation.audit import trail
from foundation.audit.actors import Acting, Subject
from foundation.audit.canonical import FIRST, digest, seal_hash
from foundation.audit.events import Family, define
from foundation.audit.holds import check_not_held
from foundation.audit.models import Entry, Seal, Sealed, SubjectKey

TEXTS_ERASED = define("trail.texts_erased", _("{actor} erased the texts"), family=Family.ACCESS, texts={"reason"})

SEALER_LOCK = 0x7473_6465_736B
"""Key of the advisory lock that lets one sealer work at a time ("tsdesk")."""

BATCH = 5_000
LATE_AT_MOST = timedelta(hours=1)
"""No transaction of the desk is open this long. What commits later still is found by the hourly look at everything."""


@transaction.atomic
def seal_entries(*, now: datetime, whole: bool = False) -> Seal | None:
    """Chain the next entries, at most `BATCH`, that lie in no seal yet. None when there are none or another seals.

    Taken by id among those that are visible, so an entry whose transaction committed late joins the next seal.
    ``whole`` looks at all entries, not only at those since about an hour before the last seal.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER_LOCK])
        if not cursor.fetchone()[0]:
            return None
    entries = list(Entry.objects.filter(sealed=None, pk__gt=0 if whole else _settled(now)).order_by("pk")[:BATCH])
    if not entries:
        return None
    last = Seal.objects.order_by("-pk").first()
    previous = last.hash if last else FIRST
    members = [(entry.pk, digest(entry)) for entry in entries]
    seal = Seal.objects.create(entries=len(members), previous_hash=previous, hash=seal_hash(previous, members))
    Sealed.objects.bulk_create(
        [
            Sealed(entry_id=entry_id, seal=seal, position=position, digest=entry_digest)
            for position, (entry_id, entry_digest) in enumerate(members)
        ],
        batch_size=1_000,
    )
    return seal


def seal_all(*, now: datetime, whole: bool = False) -> int:
    """Seal batch after batch until nothing is left. Returns how many entries were sealed."""
    sealed = 0
    while seal := seal_entries(now=now, whole=whole):
        sealed += seal.entries
    return sealed


@transaction.atomic
def erase_texts(subject: Subject, *, by: Acting, reason: str, now: datetime) -> int:
    """Destroy the key of the texts about this subject: nobody reads them again, the chain holds as it did.

    Returns how many keys were destroyed, 0 when there was no text. Raises Held, with the hold's reason, while the
    subject is on hold. A text that is written in the same moment may be lost with the others.
    """
    check_not_held(subject)
    keys = list(
        SubjectKey.objects.select_for_update().filter(
            subject_kind=subject.kind, subject_id=subject.id, destroyed_at=None
        )
    )
    for key in keys:
        key.wrapped, key.destroyed_at = None, now
        key.save(update_fields=["wrapped", "destroyed_at"])
    trail.record(TEXTS_ERASED, about=subject, by=by, keys=len(keys), reason=reason)
    return len(keys)


def _settled(now: datetime) -> int:
    """The id up to which everything was sealed an hour ago; looking past it keeps a pass as short as what is new."""
    last = Seal.objects.filter(sealed_at__lt=now - LATE_AT_MOST).order_by("-pk").first()
    if last is None:
        return 0
    return last.members.aggregate(highest=Max("entry_id"))["highest"] or 0
