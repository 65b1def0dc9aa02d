"""What members of staff are told about cases: one small class per message, and the one way to tell it.

The words are in ``templates/notices/``; they are made when a message is sent, with its reader's rights.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.models import Case, Task
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit.actors import Acting
from foundation.audit.models import Entry
from foundation.notifications import outbox
from foundation.notifications.models import Channel, OutboxMessage
from foundation.notifications.notices import Notice, register
from foundation.sla.models import Metric


class CaseNotice(Notice):
    """About a case: for whoever may read cases at all."""

    def concerns(self, reader: User) -> bool:
        return reader.may(Permission.CASE_VIEW)


@register
class CaseAssignedNotice(CaseNotice):
    """A case became hers by somebody else's hand."""

    code = "case_assigned"
    title = _("A case is assigned to you")


@register
class HandOverOfferedNotice(CaseNotice):
    """Somebody wants to hand her a case; she accepts or declines."""

    code = "hand_over_offered"
    title = _("A case is offered to you")


@register
class HandOverAcceptedNotice(CaseNotice):
    """The case she offered has a new owner."""

    code = "hand_over_accepted"
    title = _("A case you offered was accepted")


@register
class HandOverDeclinedNotice(CaseNotice):
    """The case she offered stays with its owner."""

    code = "hand_over_declined"
    title = _("A case you offered was declined")


@register
class CaseReopenedNotice(CaseNotice):
    """A case of hers is open again."""

    code = "case_reopened"
    title = _("A case of yours opened again")


@register
class CaseEscalatedNotice(CaseNotice):
    """Somebody else called for help on a case of hers. Whoever is called hears it from the escalation itself."""

    code = "case_escalated"
    title = _("A case of yours was escalated")


@register
class CaseSharedNotice(CaseNotice):
    """Somebody let her see a case."""

    code = "case_shared"
    title = _("A case is shared with you")


@register
class MentionedNotice(CaseNotice):
    """A note names her."""

    code = "mentioned"
    title = _("A note mentions you")


@register
class TaskGivenNotice(CaseNotice):
    """Somebody else gave her something to do."""

    code = "task_given"
    title = _("A task is given to you")

    def facts(self, message: OutboxMessage, record: Any) -> Mapping[str, Any]:
        return {"task": _task(message, record)}


@register
class TaskDueNotice(CaseNotice):
    """The time of a task has come and it is not done."""

    code = "task_due"
    title = _("A task of yours is due")

    def facts(self, message: OutboxMessage, record: Any) -> Mapping[str, Any]:
        return {"task": _task(message, record)}


@register
class ClockWarnedNotice(CaseNotice):
    """A target of a case of hers comes near. Context: ``metric``, ``due_at``."""

    code = "clock_warned"
    title = _("A target comes near")
    channels = (Channel.IN_APP,)

    def facts(self, message: OutboxMessage, record: Any) -> Mapping[str, Any]:
        return {"metric": _metric(message)}


@register
class ClockBreachedNotice(CaseNotice):
    """A target of a case of hers was missed. Context: ``metric``, ``breached_at``."""

    code = "clock_breached"
    title = _("A target was missed")

    def facts(self, message: OutboxMessage, record: Any) -> Mapping[str, Any]:
        return {"metric": _metric(message)}


@register
class OwnerOffShiftNotice(CaseNotice):
    """A case lies with somebody of hers who is off shift, and a target of it falls due. Context: ``owner``, ``due_at``."""

    code = "owner_off_shift"
    title = _("A case lies with somebody off shift")

    def concerns(self, reader: User) -> bool:
        return reader.may(Permission.CASE_REASSIGN)

    def facts(self, message: OutboxMessage, record: Any) -> Mapping[str, Any]:
        owner = User.objects.filter(pk=message.context["owner"]).first()
        return {"owner": owner, "due_at": datetime.fromisoformat(message.context["due_at"])}


@register
class GlassBrokenNotice(CaseNotice):
    """Somebody opened a case beyond her reach. Leads and managers of the case hear at once and cannot switch it off."""

    code = "glass_broken"
    title = _("Somebody broke the glass")
    urgent = True
    bundles = False
    may_be_declined = False

    def concerns(self, reader: User) -> bool:
        return reader.may(Permission.TRAIL_VIEW)


@register
class GlassUnreviewedNotice(CaseNotice):
    """Nobody has looked in time at why the glass was broken. Context: ``who`` broke it."""

    code = "glass_unreviewed"
    title = _("A broken glass waits for its review")
    may_be_declined = False

    def concerns(self, reader: User) -> bool:
        return reader.may(Permission.TRAIL_VIEW)


@register
class ConflictNotedNotice(Notice):
    """By somebody else's deed a case is gone for whoever held it or watches over it. Context: ``who`` that is."""

    code = "conflict_noted"
    title = _("Somebody was shut out of a case")
    may_be_declined = False


def tell(
    notice: type[Notice],
    case: Case,
    people: Iterable[User | None],
    *,
    key: Entry | str,
    by: Acting | None,
    now: datetime,
    channels: tuple[Channel, ...] | None = None,
    **context: object,
) -> None:
    """Write the notice for these people into the outbox. The same ``key`` (an entry, or a name of one's own) tells once.

    Nobody hears of her own deed, and nobody of a case that she does not see when it is sent.
    """
    told = [person for person in people if person is not None]
    if not told:
        return
    outbox.enqueue(
        notice.code,
        subject=case.subject,
        recipients=told,
        context=context,
        key=key if isinstance(key, str) else f"{key.event}:{key.pk}",
        now=now,
        by=by,
        channels=channels,
    )


def _task(message: OutboxMessage, record: Any) -> Task | None:
    """The task, while it is this case's: merged away, it may be of one that the reader does not see."""
    return Task.objects.filter(pk=message.context.get("task"), case=record).first()


def _metric(message: OutboxMessage) -> str:
    metric = str(message.context.get("metric", ""))
    return str(Metric(metric).label) if metric in Metric.values else metric
