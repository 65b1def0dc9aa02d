"""Calling for somebody about a record."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from foundation.accounts.models import Team, User
from foundation.audit import trail
from foundation.audit.actors import Acting, Subject
from foundation.audit.trail import Happening
from foundation.escalation import events
from foundation.escalation.models import Cause, Escalation, EscalationPolicyVersion, Page
from foundation.escalation.operations.calling import Course, make_calls, plan_calls
from foundation.escalation.policies import BY_HAND, levels_for, policies_for
from foundation.escalation.workflow import EscalationState
from foundation.rows import insert_rows


class Need(NamedTuple):
    """Why somebody is called for, about what; ``to`` is whom a person called for. ``key`` names the cause."""

    subject: Subject
    reason: str
    severity: int
    team: Team | None
    key: str
    to: User | None = None


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
    try:
        (escalation,) = start_escalations([Need(subject, reason, severity, team, key, to)], by=by, now=now)
    except IntegrityError:
        # The same cause from another side at the same moment: the other one committed first.
        escalation = Cause.objects.select_related("escalation").get(key=key).escalation
    return escalation


@transaction.atomic
def start_escalations(needs: Sequence[Need], *, by: Acting, now: datetime) -> list[Escalation]:
    """`start_escalation` for each of these, in their order, in a number of statements that does not grow with them.

    Raises IntegrityError where another transaction has just met one of the same causes; then nothing is written.
    """
    known = {cause.key: cause.escalation for cause in _causes([need.key for need in needs])}
    fresh = [need for need in {need.key: need for need in needs}.values() if need.key not in known]
    if fresh:
        known |= _start(fresh, by=by, now=now)
    return [known[need.key] for need in needs]


def _causes(keys: Collection[str]) -> Collection[Cause]:
    return Cause.objects.select_related("escalation").filter(key__in=keys)


class _Out(NamedTuple):
    """A call that a further cause may join, with whom it has called in this cycle."""

    escalation: Escalation
    people: set[int]


def _start(needs: Sequence[Need], *, by: Acting, now: datetime) -> dict[str, Escalation]:
    """Start or join for causes that nobody has met yet; the call that each led to, by its key."""
    planned = [_planned(need, policy, now=now) for need, policy in _with_policies(needs)]
    courses = plan_calls(planned, now=now)
    out = _out(needs)
    joined: list[tuple[Need, Escalation]] = []
    started: list[tuple[Need, Escalation, Course]] = []
    for need, escalation, course in zip(needs, planned, courses, strict=True):
        of_record = out.setdefault(need.subject, [])
        if running := _to_join(need, course, of_record):
            joined.append((need, running))
            continue
        started.append((need, escalation, course))
        if need.reason != BY_HAND:
            of_record.append(_Out(escalation, {person.pk for person in course.people}))
    _write_started(started, by=by, now=now)
    _write_joined(joined, by=by, now=now)
    return {need.key: call for need, call, _course in started} | {need.key: call for need, call in joined}


def _with_policies(needs: Sequence[Need]) -> list[tuple[Need, EscalationPolicyVersion | None]]:
    find = policies_for({need.reason for need in needs})
    return [(need, find(need.reason, need.team)) for need in needs]


def _planned(need: Need, version: EscalationPolicyVersion | None, *, now: datetime) -> Escalation:
    """The call as it begins, not yet written."""
    return Escalation(
        key=need.key,
        subject_kind=need.subject.kind,
        subject_id=need.subject.id,
        reason=need.reason,
        severity=need.severity,
        team=need.team,
        policy_version=version,
        levels=levels_for(version, need.to),
        repeat=version.repeat if version else 0,
        catch_all=version.catch_all if version else [],
        started_at=now,
        next_step_at=now,
    )


def _out(needs: Sequence[Need]) -> dict[Subject, list[_Out]]:
    """The calls about these records that are out, unanswered and not by hand, locked, by record."""
    subjects = {need.subject for need in needs if need.reason != BY_HAND}
    if not subjects:
        return {}
    calls = Escalation.objects.about_any(subjects).filter(state=EscalationState.TRIGGERED).exclude(reason=BY_HAND)
    running = {escalation.pk: escalation for escalation in calls.select_for_update(no_key=True).order_by("pk")}
    called: dict[int, set[int]] = {pk: set() for pk in running}
    pages = Page.objects.filter(escalation__in=running).values_list("escalation", "cycle", "person") if running else ()
    for pk, cycle, person in pages:
        if cycle == running[pk].cycle:
            called[pk].add(person)
    out: dict[Subject, list[_Out]] = {}
    for escalation in running.values():
        out.setdefault(escalation.subject, []).append(_Out(escalation, called[escalation.pk]))
    return out


def _to_join(need: Need, course: Course, out: Sequence[_Out]) -> Escalation | None:
    """The call that has reached everybody whom the new one would call first."""
    if need.reason == BY_HAND:
        return None
    wanted = {person.pk for person in course.people}
    return next((call.escalation for call in out if wanted and wanted <= call.people), None)


def _write_started(started: Sequence[tuple[Need, Escalation, Course]], *, by: Acting, now: datetime) -> None:
    if not started:
        return
    insert_rows([escalation for _need, escalation, _course in started])
    _write_causes([(need, escalation) for need, escalation, _course in started], now=now)
    trail.record_all([_started(need, escalation) for need, escalation, _course in started], by=by)
    make_calls([(escalation, course) for _need, escalation, course in started], now=now, by=by)


def _started(need: Need, escalation: Escalation) -> Happening:
    return Happening(
        events.ESCALATION_STARTED,
        need.subject,
        {
            "escalation": escalation.pk,
            "reason": need.reason,
            "severity": need.severity,
            "team": need.team.pk if need.team else None,
            "to": need.to.pk if need.to else None,
        },
    )


def _write_joined(joined: Sequence[tuple[Need, Escalation]], *, by: Acting, now: datetime) -> None:
    """Add causes to calls that are out. The worse severity counts from here on."""
    if not joined:
        return
    _write_causes(joined, now=now)
    trail.record_all(
        [
            Happening(events.ESCALATION_JOINED, need.subject, {"escalation": running.pk, "reason": need.reason})
            for need, running in joined
        ],
        by=by,
    )
    for need, running in joined:
        if need.severity < running.severity:
            running.severity = need.severity
            running.save(update_fields=["severity"])


def _write_causes(met: Sequence[tuple[Need, Escalation]], *, now: datetime) -> None:
    insert_rows(
        [
            Cause(key=need.key, escalation=escalation, reason=need.reason, severity=need.severity, occurred_at=now)
            for need, escalation in met
        ]
    )
