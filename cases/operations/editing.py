"""Changing what a case says: its details and facts, its severity, its team and its parties."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Field, Model
from django.utils.translation import gettext as _

from cases import events
from cases.models import Capacity, Case, Category, Incident, Party, PartyRole
from cases.operations.access import note_conflicts_with
from cases.operations.clocks import retarget_clocks
from cases.operations.levels import lift_level
from cases.operations.placing import place_case
from cases.operations.search import index_case
from cases.operations.work import follow_category
from cases.policies import check_decides, check_leaves_owner, check_may, check_team, check_words
from cases.severity import facts_of, suggest
from cases.workflow import CaseState
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Permission
from foundation.audit import payloads, trail
from foundation.audit.actors import Acting
from foundation.audit.models import Entry
from foundation.escalation.operations import note_activity
from foundation.workflow.moves import MoveRefused
from people.models import Person
from people.operations import find_or_create_person
from people.reported import ReportedPerson

CASE_FIELDS = ("title", "description", "language", "market", "channel")
INCIDENT_FIELDS = (
    "occurred_at", "occurred_date_only", "time_zone", "place", "people_hurt", "animals_hurt", "emergency_care",
    "immediate_danger", "authorities", "authority_reference", "loss_minor", "loss_currency",
)  # fmt: skip
CATEGORY = "category"
EDITABLE = (*CASE_FIELDS, CATEGORY, *INCIDENT_FIELDS)
"""The fields that edit_case changes; ``category`` is a slug."""

_MOST_EDITS = 200


class FieldDiff(NamedTuple):
    """A field of a refused edit: what it was when the form was opened, what it is now, and what was typed.

    ``clashes``: somebody else changed it in between; otherwise the typed value can simply be sent again.
    """

    field: str
    base: Any
    theirs: Any
    yours: Any

    @property
    def label(self) -> str:
        model: type[Model] = Case if self.field in CASE_FIELDS else Incident
        name = str(getattr(model._meta.get_field(self.field), "verbose_name", self.field))
        return name[:1].upper() + name[1:]

    @property
    def clashes(self) -> bool:
        return bool(self.theirs != self.base)


class StaleWrite(Exception):
    """The details changed since the form was opened, so nothing was saved. ``current`` is the case as it is now."""

    def __init__(self, current: Case, conflicts: list[FieldDiff], changed_by: tuple[User, ...]) -> None:
        names = ", ".join(person.name for person in changed_by)
        if names:
            sentence = _("%(names)s changed this case while you were writing. Nothing was saved.") % {"names": names}
        else:
            sentence = _("This case changed while you were writing. Nothing was saved.")
        super().__init__(sentence)
        self.sentence = sentence
        self.current = current
        self.conflicts = conflicts
        self.changed_by = changed_by


@transaction.atomic
def edit_case(case: Case, *, version: int, changes: Mapping[str, Any], by: Acting, now: datetime) -> Case:
    """Change details of the case, given the ``version`` that the form was opened with.

    Facts and category decide the suggested severity anew; a severity that nobody had overridden follows it, and a
    category that starts at a higher level raises the level. A new category brings its playbook, unless work on the
    old one has begun. Raises StaleWrite when the details have changed since,
    ValidationError for values that do not fit, MoveRefused when ``by`` may not.
    """
    case = Case.objects.locked(case.pk)
    check_may(by, Permission.CASE_TRIAGE)
    check_decides(case, by=by)
    incident = Incident.objects.select_related("category__category").filter(case=case).first()
    if unknown := set(changes) - set(EDITABLE):
        raise ValidationError({name: _("This is not changed here.") for name in sorted(unknown)})
    before = _values(case, incident, changes)
    if version != case.version:
        raise _stale(case, version, current=before, yours=dict(changes))
    return _change(case, incident, before, changes, by=by, now=now)


def revise_case(case: Case, *, changes: Mapping[str, Any], by: Acting, now: datetime) -> Case:
    """Change details of a locked case as edit_case does, because the source it was imported from says otherwise now."""
    incident = Incident.objects.select_related("category__category").filter(case=case).first()
    return _change(case, incident, _values(case, incident, changes), changes, by=by, now=now)


def _change(
    case: Case,
    incident: Incident | None,
    before: Mapping[str, Any],
    changes: Mapping[str, Any],
    *,
    by: Acting,
    now: datetime,
) -> Case:
    changed = {name: value for name, value in changes.items() if before[name] != value}
    if not changed:
        return case
    _apply(case, incident, changed)
    case.version += 1
    case.updated_at = now
    _save_fields(case, [*CASE_FIELDS, "version", "updated_at"], changed)
    if incident is not None:
        _save_fields(incident, [*INCIDENT_FIELDS, CATEGORY], changed)
    trail.record(
        events.CASE_EDITED,
        about=case,
        by=by,
        version=case.version,
        fields=sorted(changed),
        before=_as_text({name: before[name] for name in changed}),
        after=_as_text(changed),
    )
    if incident is not None:
        _suggest_anew(case, incident, by=by, now=now)
        lift_level(case, incident.category.level if CATEGORY in changed else 0, by=by, now=now)
        if CATEGORY in changed:
            follow_category(case, category=changed[CATEGORY], by=by, now=now)
    index_case(case)
    place_case(case, now=now)
    note_activity(case.subject, now=now)
    return case


@transaction.atomic
def change_severity(case: Case, *, severity: int, reason: str = "", by: Acting, now: datetime) -> Case:
    """Set the severity. One that is not the suggestion needs a reason. Running clocks get their new targets."""
    case = Case.objects.locked(case.pk)
    check_may(by, Permission.CASE_TRIAGE)
    check_decides(case, by=by)
    if severity not in (1, 2, 3, 4):
        raise MoveRefused(_("Severity is 1, 2, 3 or 4."), code="invalid")
    reason = reason.strip()
    if severity != case.severity_suggested:
        reason = check_words(reason, at_most=500, needed=_("Say why it is not the suggested SEV-%(severity)d.") % {
            "severity": case.severity_suggested,
        })  # fmt: skip
    if severity == case.severity:
        return case
    _set_severity(case, severity, reason=reason, by=by, now=now)
    note_activity(case.subject, now=now)
    return case


@transaction.atomic
def move_to_team(case: Case, *, team: Team, by: Acting, now: datetime) -> Case:
    """Send the case to the queue of another team. Its owner stays only if she belongs to that team.

    Where she does not, sending it is hers or a lead's to do.
    """
    case = Case.objects.locked(case.pk)
    check_may(by, Permission.CASE_TRIAGE)
    check_decides(case, by=by)
    if team.pk == case.team_id:
        return case
    check_team(team)
    old, case.team = case.team_id, team
    if case.assignee is not None and team.pk not in case.assignee.team_ids:
        check_leaves_owner(case, by=by)
        case.assignee = None
    case.updated_at = now
    case.save(update_fields=["team", "assignee", "updated_at"])
    trail.record(events.CASE_MOVED_TEAM, about=case, by=by, old=old, new=team.pk)
    if case.state != CaseState.CLOSED:
        retarget_clocks(case, by=by, now=now)
    place_case(case, now=now)
    return case


@transaction.atomic
def add_party(case: Case, *, person: Person, role: str, capacity: str, by: Acting, now: datetime) -> Party:
    """Give somebody her place in the case. The same person on the same side again is the place she has.

    A record that was merged away stands for the one it went into, else undoing that merge would find her there twice.
    """
    case = Case.objects.locked(case.pk)
    person = Person.objects.get(pk=person.pk).standing
    check_may(by, Permission.CASE_TRIAGE)
    check_decides(case, by=by)
    if role not in PartyRole.values or capacity not in Capacity.values:
        raise MoveRefused(_("Choose what she is, and on which side."), code="invalid")
    if known := case.parties.filter(person=person, capacity=capacity).first():
        return known
    if capacity == Capacity.REPORTER and case.parties.filter(capacity=Capacity.REPORTER).exists():
        raise MoveRefused(_("The case has a reporter. Remove that place first."))
    party = Party.objects.create(case=case, person=person, role=role, capacity=capacity, added_at=now)
    trail.record(events.PARTY_ADDED, about=case, by=by, role=role, capacity=capacity, person=person.pk)
    note_conflicts_with(case, person, by=by, now=now)
    _parties_changed(case, now=now)
    return party


@transaction.atomic
def add_reported_party(
    case: Case, *, reported: ReportedPerson, role: str, capacity: str, by: Acting, now: datetime
) -> Party:
    """Give a place in the case to somebody as she was told: known again, or written down new with her place or not at all."""
    person = find_or_create_person(reported, integration=None, by=by, now=now)
    return add_party(case, person=person, role=role, capacity=capacity, by=by, now=now)


@transaction.atomic
def remove_party(party: Party, *, by: Acting, now: datetime) -> None:
    """Take somebody's place in the case away. Contacts and evidence of hers stay, without her name on them."""
    case = Case.objects.locked(party.case_id)
    check_may(by, Permission.CASE_TRIAGE)
    check_decides(case, by=by)
    trail.record(
        events.PARTY_REMOVED, about=case, by=by, role=party.role, capacity=party.capacity, person=party.person_id
    )  # fmt: skip
    party.delete()
    _parties_changed(case, now=now)


def _parties_changed(case: Case, *, now: datetime) -> None:
    Case.objects.filter(pk=case.pk).update(updated_at=now)
    index_case(case)
    place_case(case, now=now)


def _values(case: Case, incident: Incident | None, names: Iterable[str]) -> dict[str, Any]:
    """What these fields say now. Raises ValidationError for a fact of a case that has no incident."""
    values: dict[str, Any] = {}
    for name in names:
        if name in CASE_FIELDS:
            values[name] = getattr(case, name)
        elif incident is None:
            raise ValidationError({name: _("This case has no incident.")})
        else:
            values[name] = incident.category.category.slug if name == CATEGORY else getattr(incident, name)
    return values


def _apply(case: Case, incident: Incident | None, changed: Mapping[str, Any]) -> None:
    """Set the values and check them as the forms and the database will. Raises ValidationError, keyed by field."""
    for name, value in changed.items():
        if name == CATEGORY and incident is not None:
            incident.category = _category(value).current
        else:
            setattr(case if name in CASE_FIELDS else incident, name, value)
    _clean(case, [name for name in changed if name in CASE_FIELDS])
    if incident is not None:
        _clean(incident, [name for name in changed if name in INCIDENT_FIELDS])
        if (incident.loss_minor is None) != (not incident.loss_currency):
            raise ValidationError({"loss_currency": _("An amount has a currency, and a currency an amount.")})
        if incident.loss_minor is not None and incident.loss_minor < 0:
            raise ValidationError({"loss_minor": _("A loss is not below zero.")})


def _clean(record: Model, names: list[str]) -> None:
    record.clean_fields(exclude=[field.name for field in record._meta.fields if field.name not in names])


def _category(slug: str) -> Category:
    category = Category.objects.filter(slug=slug, is_active=True, children__isnull=True).first()
    if category is None:
        raise ValidationError({CATEGORY: _("There is no category “%(slug)s”.") % {"slug": slug}})
    return category


def _save_fields(record: Case | Incident, fields: Iterable[str], changed: Mapping[str, Any]) -> None:
    always = {"version", "updated_at"}
    record.save(update_fields=[name for name in fields if name in changed or name in always])


def _suggest_anew(case: Case, incident: Incident, *, by: Acting, now: datetime) -> None:
    """Suggest the severity from the facts as they are now; one that nobody overrode follows."""
    suggested = suggest(incident.category, facts_of(incident)).severity
    if suggested == case.severity_suggested:
        return
    follows = case.severity == case.severity_suggested
    case.severity_suggested = suggested
    if follows:
        _set_severity(case, suggested, reason="", by=by, now=now)
    else:
        Case.objects.filter(pk=case.pk).update(severity_suggested=suggested)


def _set_severity(case: Case, severity: int, *, reason: str, by: Acting, now: datetime) -> None:
    old, case.severity = case.severity, severity
    case.severity_reason = reason if severity != case.severity_suggested else ""
    case.updated_at = now
    case.save(update_fields=["severity", "severity_suggested", "severity_reason", "updated_at"])
    trail.record(events.CASE_SEVERITY_CHANGED, about=case, by=by, old=old, new=severity, reason=reason)
    if case.state != CaseState.CLOSED:
        retarget_clocks(case, by=by, now=now, only_severity=True)
    place_case(case, now=now)


def _stale(case: Case, version: int, *, current: Mapping[str, Any], yours: Mapping[str, Any]) -> StaleWrite:
    """The three sides of every field that was sent and does not stand as typed: base from the trail, theirs, yours."""
    edits = Entry.objects.filter(
        event=events.CASE_EDITED.code, subject_kind="case", subject_id=case.subject.id, data__version__gt=version
    )
    entries = list(edits.order_by("-id")[:_MOST_EDITS])
    texts = payloads.read([entry.texts["before"]["payload"] for entry in entries if "before" in entry.texts])
    base = dict(current)
    for entry in entries:  # newest first, so that the oldest word has the last say
        earlier = json.loads(texts.get(entry.texts.get("before", {}).get("payload", "")) or "{}")
        base |= {name: _as_stored(name, value) for name, value in earlier.items() if name in base}
    people = {entry.actor_id for entry in entries if entry.actor_kind == "staff"}
    diffs = [
        FieldDiff(name, base[name], current[name], value) for name, value in yours.items() if value != current[name]
    ]  # fmt: skip
    return StaleWrite(case, diffs, tuple(User.objects.filter(pk__in=people).order_by("name")))


def _as_text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)


def _as_stored(name: str, value: Any) -> Any:
    """A value as the trail kept it, as its field holds it."""
    if name == CATEGORY or value is None:
        return value
    model: type[Model] = Case if name in CASE_FIELDS else Incident
    field = model._meta.get_field(name)
    return field.to_python(value) if isinstance(field, Field) else value
