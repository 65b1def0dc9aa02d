"""Reads and refusals in the trail."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from foundation.audit import trail
from foundation.audit.actors import Acting, HasSubject, Subject
from foundation.audit.events import Event
from foundation.audit.models import Entry

ONE_READ = timedelta(minutes=30)
"""Whoever opens a record again within this time is still at the same reading."""


def record_read(event: Event, *, about: HasSubject | Subject, by: Acting, now: datetime) -> bool:
    """Keep that somebody read a record: one entry for each reader and record in half an hour. True when it was written."""
    subject = about if isinstance(about, Subject) else about.subject
    if _read_lately(event, subject, by, now):
        return False
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two pages opened at once are one reading.
            who = f"{event.code} {by.actor.kind}:{by.actor.id} {subject.kind}:{subject.id}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [who])
        if _read_lately(event, subject, by, now):
            return False
        trail.record(event, about=subject, by=by)
    return True


def record_denial(event: Event, *, about: HasSubject | Subject, by: Acting, now: datetime, **facts: str | int) -> None:
    """Keep that somebody was refused, in a transaction of its own: what refused her is about to be rolled back.

    Raises RuntimeError inside another transaction, where the entry would vanish with it.
    """
    with transaction.atomic(durable=True):
        trail.record(event, about=about, by=by, **facts)


def _read_lately(event: Event, subject: Subject, by: Acting, now: datetime) -> bool:
    return Entry.objects.filter(
        event=event.code,
        actor_kind=by.actor.kind,
        actor_id=by.actor.id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        recorded_at__gt=now - ONE_READ,
    ).exists()
