"""Cases that belong together: linking, and merging two that are one, with the way back.

A merge moves contacts, notes, tasks, evidence, parties, links and duplicates to the case that is kept, closes the
other, and cancels the other's clocks. ``CaseMerge.moved`` lists every row that went and what it was before. Undo puts
each back where it came from and the closed case into the state that it had. Two things are history and stay: an
escalation or an offer to hand over that the merge ended; and the cancelled clocks, whose next cycles then run with
the time used so far carried over, due when the cancelled ones were; one that was missed before is due at once.
"""

from collections.abc import Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import Model, Q
from django.utils.translation import gettext as _

from cases import events
from cases.access import may_decide
from cases.models import Capacity, Case, CaseLink, CaseMerge, Conflict, Contact, Evidence, LinkKind, Note, Party, Task
from cases.operations.access import carry_conflicts, give_back
from cases.operations.clocks import cancel_clocks, pause_clocks, reopen_clocks
from cases.operations.levels import lift_level, set_level
from cases.operations.placing import place_case
from cases.operations.search import index_case
from cases.policies import check_decides, check_may, check_merge, check_not_itself, open_hand_over
from cases.workflow import OPEN_STATES, CaseState
from foundation.accounts.actors import staff_or_none
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.escalation.operations import end_escalations
from foundation.workflow.moves import MoveRefused

_MOVED_WHOLE: Mapping[str, type[Model]] = {"contacts": Contact, "notes": Note, "tasks": Task}
"""What goes over row by row and meets nothing in its way."""

_STATE = (
    "state", "assignee_id", "waiting_on", "waiting_until", "outcome", "resolved_at", "closed_at", "duplicate_of_id",
)  # fmt: skip
_INSTANTS = ("waiting_until", "resolved_at", "closed_at")


@transaction.atomic
def link_cases(case: Case, *, other: Case, kind: str, by: Acting, now: datetime) -> CaseLink:
    """Link two cases. Linked so already, from whichever side, nothing changes; ``caused_by`` has a direction."""
    check_not_itself(case, other)
    case, other = Case.objects.locked_both(case.pk, other.pk)
    check_may(by, Permission.CASE_LINK)
    for each in (case, other):
        check_decides(each, by=by)
    if kind not in LinkKind.values:
        raise MoveRefused(_("Choose how they belong together."), code="invalid")
    same = Q(case=case, other=other)
    if kind != LinkKind.CAUSED_BY:
        same |= Q(case=other, other=case)
    if known := CaseLink.objects.filter(same, kind=kind).first():
        return known
    link = CaseLink.objects.create(case=case, other=other, kind=kind, linked_at=now, linked_by=staff_or_none(by))
    trail.record(events.CASE_LINKED, about=case, by=by, other=other.pk, kind=kind)
    trail.record(events.CASE_LINKED, about=other, by=by, other=case.pk, kind=kind)
    return link


@transaction.atomic
def unlink_cases(link: CaseLink, *, by: Acting, now: datetime) -> None:
    """Remove a link. One that is gone stays gone."""
    check_may(by, Permission.CASE_LINK)
    case, other = Case.objects.locked_both(link.case_id, link.other_id)
    if not (may_decide(by, case) or may_decide(by, other)):
        check_decides(case, by=by)
    deleted, _rows = CaseLink.objects.filter(pk=link.pk).delete()
    if deleted:
        trail.record(events.CASE_UNLINKED, about=case, by=by, other=other.pk)
        trail.record(events.CASE_UNLINKED, about=other, by=by, other=case.pk)


@transaction.atomic
def merge_cases(kept: Case, *, merged: Case, by: User, now: datetime) -> CaseMerge:
    """Make ``merged`` part of ``kept``, which takes the higher of both levels and every interest noted on either."""
    check_not_itself(kept, merged)
    locked = Case.objects.locked_settled(lambda: {kept.pk, merged.pk, *_around(merged)})
    kept, merged = locked[kept.pk], locked[merged.pk]
    check_merge(kept, merged, by=by)
    level = kept.confidentiality
    moved: dict[str, Any] = {
        "state": {name: _plain(getattr(merged, name)) for name in _STATE},
        "level": level,
        "taken": carry_conflicts(kept, merged, by=by, now=now) + carry_conflicts(merged, kept, by=by, now=now),
        "parties": _move_parties(kept, merged),
        "evidence": _move_evidence(kept, merged),
        "links": _move_links(kept, merged),
        "duplicates": _move_duplicates(kept, merged),
    }
    for name, model in _MOVED_WHOLE.items():
        moved[name] = _move(model, kept, merged)
    _close_merged(kept, merged, by=by, now=now)
    lift_level(kept, merged.confidentiality, by=by, now=now)
    moved["raised_to"] = kept.confidentiality
    merge = CaseMerge.objects.create(kept=kept, merged=merged, moved=moved, merged_at=now, merged_by=by)
    trail.record(events.CASE_MERGED, about=kept, by=by, other=merged.pk)
    trail.record(
        events.CASE_MERGED_AWAY, about=merged, by=by, into=kept.pk, old=moved["state"]["state"], new=merged.state
    )
    for case in (kept, merged):
        _contacts_moved(case, now=now)
    return merge


@transaction.atomic
def undo_merge(merge: CaseMerge, *, by: User, now: datetime) -> Case:
    """Take a merge apart and give back the case that was merged away. Undone already, nothing changes.

    Interests that came over go away again, and with them what they took: whose case it was, whom it was escalated to.
    What was added to the kept case since stays with it; what was removed since stays removed. The kept case's level
    goes back only if nobody has changed it since.
    """
    # Whatever comes back stands on the kept case now, or stood on the one that was merged away.
    locked = Case.objects.locked_settled(
        lambda: {merge.kept_id, merge.merged_id, *_around(merge.kept), *_around(merge.merged), *_once_linked(merge)}
    )
    kept, merged = locked[merge.kept_id], locked[merge.merged_id]
    merge = CaseMerge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at is not None:
        return merged
    check_may(by, Permission.CASE_MERGE)
    check_decides(kept, by=by)
    if kept.merged_into_id is not None:
        raise MoveRefused(_("The case it went into was merged itself. Take that merge apart first."))
    moved = merge.moved
    for name, model in _MOVED_WHOLE.items():
        model._default_manager.filter(pk__in=moved[name], case=kept).update(case=merged)
    has = Evidence.objects.filter(case=merged).values("sha256")
    Evidence.objects.filter(pk__in=moved["evidence"], case=kept).exclude(sha256__in=has).update(case=merged)
    _give_back_parties(kept, merged, moved["parties"])
    _give_back_links(kept, merged, moved["links"])
    Case.objects.filter(pk__in=moved["duplicates"], duplicate_of=kept).update(duplicate_of=merged)
    if moved["raised_to"] != moved["level"] and kept.confidentiality == moved["raised_to"]:
        set_level(kept, moved["level"], now=now)
        kept.confidentiality = moved["level"]
        trail.record(events.CASE_LEVEL_LOWERED, about=kept, by=by, old=moved["raised_to"], new=moved["level"])
    _open_merged(merged, moved["state"], by=by, now=now)
    Conflict.objects.filter(pk__in=moved.get("conflicts", ())).delete()  # of a merge made before "taken" was kept
    for case in (kept, merged):
        give_back(case, [row for row in moved.get("taken", ()) if row["case"] == case.pk], by=by, now=now)
    merge.undone_at = now
    merge.undone_by = by
    merge.save(update_fields=["undone_at", "undone_by"])
    trail.record(events.CASE_MERGE_UNDONE, about=kept, by=by, other=merged.pk)
    trail.record(events.CASE_MERGE_UNDONE, about=merged, by=by, other=kept.pk, old=CaseState.CLOSED, new=merged.state)
    for case in (kept, merged):
        _contacts_moved(case, now=now)
    return merged


def _around(case: Case) -> set[int]:
    """The cases whose own rows, or links with the case, a merge writes: its duplicates, and those it is linked with."""
    links = CaseLink.objects.filter(Q(case=case) | Q(other=case)).values_list("case", "other")
    return {*Case.objects.filter(duplicate_of=case).values_list("pk", flat=True), *chain.from_iterable(links)}


def _once_linked(merge: CaseMerge) -> set[int]:
    return {row[end] for row in merge.moved["links"]["dropped"] for end in ("case", "other")}


def _move(model: type[Model], kept: Case, merged: Case) -> list[Any]:
    rows = model._default_manager.filter(case=merged)
    moved = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.update(case=kept)
    return moved


def _move_evidence(kept: Case, merged: Case) -> list[str]:
    """All but files that the kept case has already."""
    has = Evidence.objects.filter(case=kept).values("sha256")
    rows = list(Evidence.objects.filter(case=merged).exclude(sha256__in=has).values_list("pk", flat=True))
    Evidence.objects.filter(pk__in=rows).update(case=kept)
    return [str(pk) for pk in rows]


def _move_parties(kept: Case, merged: Case) -> dict[str, Any]:
    """Everybody with a place in the merged case gets one in the kept.

    A second reporter becomes somebody involved. Who has that place in the kept case already keeps her one place
    there, and her contacts and evidence go to it.
    """
    places = {(party.person_id, party.capacity): party for party in kept.parties.all()}
    has_reporter = any(capacity == Capacity.REPORTER for _person, capacity in places)
    gone, stayed = [], []
    for party in merged.parties.order_by("pk"):
        capacity = party.capacity
        if capacity == Capacity.REPORTER and has_reporter and (party.person_id, capacity) not in places:
            capacity = Capacity.INVOLVED
        if there := places.get((party.person_id, capacity)):
            stayed.append(_repoint(party, there))
            continue
        gone.append({"party": party.pk, "capacity": party.capacity})
        party.case, party.capacity = kept, capacity
        party.save(update_fields=["case", "capacity"])
        places[party.person_id, capacity] = party
        has_reporter = has_reporter or capacity == Capacity.REPORTER
    return {"gone": gone, "stayed": stayed}


def _repoint(party: Party, there: Party) -> dict[str, Any]:
    """Let what names a place in the merged case name that person's place in the kept one."""
    contacts = list(party.contacts.values_list("pk", flat=True))
    files = list(party.evidence.values_list("pk", flat=True))
    Contact.objects.filter(pk__in=contacts).update(party=there)
    Evidence.objects.filter(pk__in=files).update(party=there)
    return {"party": party.pk, "there": there.pk, "contacts": contacts, "evidence": [str(pk) for pk in files]}


def _give_back_parties(kept: Case, merged: Case, moved: Mapping[str, Any]) -> None:
    """A place that the merged case has by other hands since, or its one reporter, leaves what went over where it is."""
    places = set(merged.parties.values_list("person", "capacity"))
    for row in moved["gone"]:
        party = Party.objects.filter(pk=row["party"], case=kept).first()
        if party is None or (party.person_id, row["capacity"]) in places:
            continue
        if row["capacity"] == Capacity.REPORTER and any(capacity == Capacity.REPORTER for _who, capacity in places):
            continue
        party.case, party.capacity = merged, row["capacity"]
        party.save(update_fields=["case", "capacity"])
        places.add((party.person_id, party.capacity))
    for row in moved["stayed"]:
        if Party.objects.filter(pk=row["party"]).exists():
            Contact.objects.filter(pk__in=row["contacts"]).update(party=row["party"])
            Evidence.objects.filter(pk__in=row["evidence"]).update(party=row["party"])


def _move_links(kept: Case, merged: Case) -> dict[str, list[dict[str, Any]]]:
    """Links of the merged case become links of the kept one; one between the two, or one it has already, goes away."""
    gone, dropped = [], []
    for link in CaseLink.objects.filter(Q(case=merged) | Q(other=merged)).order_by("pk"):
        row = {"link": link.pk, "case": link.case_id, "other": link.other_id}
        case = kept.pk if link.case_id == merged.pk else link.case_id
        other = kept.pk if link.other_id == merged.pk else link.other_id
        if case == other or CaseLink.objects.filter(case=case, other=other, kind=link.kind).exists():
            dropped.append(row | {"kind": link.kind, "at": _plain(link.linked_at), "by": link.linked_by_id})
            link.delete()
            continue
        CaseLink.objects.filter(pk=link.pk).update(case=case, other=other)
        gone.append(row)
    return {"gone": gone, "dropped": dropped}


def _give_back_links(kept: Case, merged: Case, moved: Mapping[str, list[dict[str, Any]]]) -> None:
    """Only the end that went over comes back. A link that stands there again by other hands needs no second."""
    for row in moved["gone"]:
        end, further = ("case", "other") if row["case"] == merged.pk else ("other", "case")
        link = CaseLink.objects.filter(pk=row["link"], **{end: kept}).first()
        if link is None:
            continue
        ends = {end: merged.pk, further: getattr(link, f"{further}_id")}
        if CaseLink.objects.filter(kind=link.kind, **ends).exists():
            link.delete()
        else:
            CaseLink.objects.filter(pk=link.pk).update(**{end: merged})
    for row in moved["dropped"]:
        CaseLink.objects.get_or_create(
            case_id=row["case"],
            other_id=row["other"],
            kind=row["kind"],
            defaults={"pk": row["link"], "linked_at": datetime.fromisoformat(row["at"]), "linked_by_id": row["by"]},
        )


def _move_duplicates(kept: Case, merged: Case) -> list[int]:
    rows = Case.objects.filter(duplicate_of=merged).exclude(pk=kept.pk)
    moved = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.update(duplicate_of=kept)
    return moved


def _close_merged(kept: Case, merged: Case, *, by: Acting, now: datetime) -> None:
    cancel_clocks(merged, by=by, now=now, reason="merged")
    end_escalations(merged.subject, by=by, now=now)
    if offer := open_hand_over(merged):
        offer.accepted, offer.answered_at = False, now
        offer.save(update_fields=["accepted", "answered_at"])
    merged.state = CaseState.CLOSED
    merged.closed_at = merged.closed_at or now
    merged.waiting_on, merged.waiting_until, merged.escalated_to = "", None, None
    merged.merged_into = kept
    merged.updated_at = now
    merged.save(update_fields=[*_fields(_STATE), "escalated_to", "merged_into", "updated_at"])


def _open_merged(merged: Case, state: Mapping[str, Any], *, by: Acting, now: datetime) -> None:
    for name, value in state.items():
        setattr(merged, name, datetime.fromisoformat(value) if name in _INSTANTS and value else value)
    merged.merged_into = None
    merged.updated_at = now
    merged.save(update_fields=[*_fields(_STATE), "merged_into", "updated_at"])
    if merged.state in OPEN_STATES:
        reopen_clocks(merged, by=by, now=now)
    if merged.state == CaseState.WAITING:
        pause_clocks(merged, on=merged.waiting_on, by=by, now=now)


def _contacts_moved(case: Case, *, now: datetime) -> None:
    """Let the case repeat its newest contact again, and be found and placed by what it now holds."""
    last = case.contacts.with_people_outside().newest()
    case.last_contact_at = last.occurred_at if last else None
    case.last_contact_in = last.direction == "in" if last else None
    case.last_contact_role = last.party.role if last and last.party else ""
    case.updated_at = now
    case.save(update_fields=["last_contact_at", "last_contact_in", "last_contact_role", "updated_at"])
    index_case(case)
    place_case(case, now=now)


def _fields(names: tuple[str, ...]) -> list[str]:
    return [name.removesuffix("_id") for name in names]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
