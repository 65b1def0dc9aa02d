"""Calling for somebody about a record."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from foundation.accounts.models import Team, User
from foundation.audit import trail
from foundation.audit.actors import Acting, Subject
from foundation.escalation import events
from foundation.escalation.models import Cause, Escalation, Page
from foundation.escalation.operations.calling import Need, call_from, first_called
from foundation.escalation.policies import BY_HAND, Spec, levels_for, policy_for
from foundation.escalation.workflow import EscalationState


@transaction.atomic
def start_escalation(
    *,
    subject: Subject,
    reason: str,
    severity: int,
    team: Team | None,
    key: str,
    by: Acting,
    now: datetime,
    to: User | None = None,
) -> Escalation:
    """Call for somebody, at once, by the policy for ``reason`` and ``team``; ``to`` is whom a person called for.

    Safe to call twice: ``key`` names the cause and has one effect for ever. A second cause about the same record
    joins the call that is already out, when it would call nobody whom that one has not called (join rule in
    docs/escalation.md). The levels are a snapshot: a policy that changes later changes no call that is out.
    """
    if known := Cause.objects.select_related("escalation").filter(key=key).first():
        return known.escalation
    version = policy_for(reason, team)
    levels = levels_for(version, to)
    catch_all = version.catch_all if version else []
    if running := _to_join(Need(subject, team, severity), reason, levels, catch_all, now=now):
        return _join(running, reason=reason, severity=severity, key=key, by=by, now=now)
    escalation, is_new = Escalation.objects.get_or_create(
        key=key,
        defaults={
            "subject_kind": subject.kind,
            "subject_id": subject.id,
            "reason": reason,
            "severity": severity,
            "team": team,
            "policy_version": version,
            "levels": levels,
            "repeat": version.repeat if version else 0,
            "catch_all": catch_all,
            "started_at": now,
            "next_step_at": now,
        },
    )
    if not is_new:
        return escalation
    Cause.objects.create(key=key, escalation=escalation, reason=reason, severity=severity, occurred_at=now)
    trail.record(
        events.ESCALATION_STARTED,
        about=subject,
        by=by,
        escalation=escalation.pk,
        reason=reason,
        severity=severity,
        team=team.pk if team else None,
        to=to.pk if to else None,
    )
    call_from(escalation, 0, now=now, by=by)
    return escalation


def _to_join(
    need: Need, reason: str, levels: Sequence[Spec], catch_all: Sequence[Spec], *, now: datetime
) -> Escalation | None:
    """A call about the same record that is out, unanswered, and has reached everybody whom the new one would call first."""
    if reason == BY_HAND:
        return None
    out = Escalation.objects.about(need.subject).filter(state=EscalationState.TRIGGERED).exclude(reason=BY_HAND)
    running = list(out.select_for_update(no_key=True).order_by("pk"))
    wanted = {person.pk for person in first_called(need, levels, catch_all, now=now)} if running else set()
    for escalation in running:
        pages = Page.objects.filter(escalation=escalation, cycle=escalation.cycle)
        if wanted and wanted <= set(pages.values_list("person_id", flat=True)):
            return escalation
    return None


def _join(running: Escalation, *, reason: str, severity: int, key: str, by: Acting, now: datetime) -> Escalation:
    """Add a cause to a call that is out. The worse severity counts from here on."""
    _cause, is_new = Cause.objects.get_or_create(
        key=key, defaults={"escalation": running, "reason": reason, "severity": severity, "occurred_at": now}
    )
    if is_new:
        trail.record(events.ESCALATION_JOINED, about=running.subject, by=by, escalation=running.pk, reason=reason)
        if severity < running.severity:
            running.severity = severity
            running.save(update_fields=["severity"])
    return running
