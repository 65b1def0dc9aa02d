"""What one shift leaves for the next, and that the next has read it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit import trail
from foundation.escalation import events
from foundation.escalation.models import Schedule, ShiftNote
from foundation.escalation.oncall import AHEAD, next_hand_over, spans
from foundation.escalation.shift_policies import ShiftRefused, check_is_next, check_writes_notes
from foundation.notifications.models import Channel
from foundation.notifications.outbox import enqueue

LONGEST_NOTE = 4000


@transaction.atomic
def write_shift_note(schedule: Schedule, *, body: str, by: User, now: datetime) -> ShiftNote:
    """Leave a note. Whoever is on now or comes on next finds it on the page and in her inbox."""
    check_writes_notes(schedule, by=by)
    body = body.strip()
    if not body:
        raise ShiftRefused(_("Write what the next shift has to know."), field="body")
    if len(body) > LONGEST_NOTE:
        raise ShiftRefused(
            _("That is %(length)s characters; a note takes %(most)s.") % {"length": len(body), "most": LONGEST_NOTE},
            field="body",
        )
    note = ShiftNote.objects.create(schedule=schedule, author=by, body=body, written_at=now)
    trail.record(events.SHIFT_NOTE_WRITTEN, about=schedule, by=by, note=note.pk)
    found = spans(schedule, now, now + AHEAD)
    after = next_hand_over(found, now)
    on_now = [span.person for span in found if span.starts_at <= now < span.ends_at]
    enqueue(
        "shift_note", subject=schedule.subject, recipients=[*on_now, *(after.people if after else [])], context={},
        key=f"shift_note:{note.pk}", by=by, now=now, channels=[Channel.IN_APP],
    )  # fmt: skip
    return note


@transaction.atomic
def confirm_shift_note(note: ShiftNote, *, by: User, now: datetime) -> ShiftNote:
    """Say that she has read it. The first of the next shift to say so stands there; safe to call twice."""
    note = (
        ShiftNote.objects.select_for_update(no_key=True, of=("self",)).select_related("schedule__team").get(pk=note.pk)
    )
    if note.read_at is not None:
        return note
    check_writes_notes(note.schedule, by=by)
    check_is_next(note.schedule, author=note.author_id, by=by, now=now)
    note.read_at, note.read_by = now, by
    note.save(update_fields=["read_at", "read_by"])
    trail.record(events.SHIFT_NOTE_READ, about=note.schedule, by=by, note=note.pk)
    return note
