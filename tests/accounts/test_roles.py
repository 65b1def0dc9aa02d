"""The table of roles, as reviewed: change it here and in foundation/accounts/permissions.py, knowingly."""

import pytest

from foundation.accounts.models import ApiKey, User
from foundation.accounts.permissions import ROLES, SCOPES, Compartment, Level, Permission, Relation, Role

ROLE_ORDER = (
    Role.AGENT, Role.SENIOR, Role.LEAD, Role.MANAGER, Role.CLAIMS, Role.FINANCE, Role.QUALITY, Role.LEGAL, Role.ADMIN,
    Role.INTEGRATION,
)  # fmt: skip

#                          agent senior lead manager claims finance quality legal admin integration
TABLE = """
case.view                    x     x     x     x       x      .       .      x     .      x
case.open                    x     x     x     x       x      .       .      .     .      x
case.triage                  x     x     x     x       x      .       .      .     .      .
case.take                    x     x     x     x       x      .       .      .     .      .
case.assign                  x     x     x     x       x      .       .      .     .      .
case.reassign                .     .     x     x       .      .       .      .     .      .
case.hand_over               x     x     x     x       x      .       .      .     .      .
case.wait                    x     x     x     x       x      .       .      .     .      x
case.resolve                 x     x     x     x       x      .       .      .     .      x
case.reopen                  x     x     x     x       x      .       .      .     .      x
case.escalate                x     x     x     x       x      .       .      .     .      x
case.link                    x     x     x     x       x      .       .      .     .      .
case.merge                   x     x     x     x       x      .       .      .     .      .
case.share                   .     x     x     x       .      .       .      .     .      .
case.raise_level             x     x     x     x       x      .       .      x     .      .
case.lower_level             .     .     x     x       .      .       .      x     .      .
contact.record               x     x     x     x       x      .       .      .     .      x
note.write                   x     x     x     x       x      .       .      x     .      .
task.write                   x     x     x     x       x      .       .      .     .      .
evidence.add                 x     x     x     x       x      .       .      .     .      .
evidence.reveal              x     x     x     x       x      .       .      x     .      .
person.view                  x     x     x     x       x      .       .      x     .      .
person.edit                  x     x     x     x       x      .       .      .     .      .
person.merge                 .     x     x     x       .      .       .      .     .      .
view.save                    x     x     x     x       x      .       .      x     .      .
view.share                   .     .     x     x       .      .       .      .     .      .
escalation.acknowledge       x     x     x     x       x      .       .      .     .      .
shift.view                   x     x     x     x       x      .       .      .     x      .
shift.swap                   x     x     x     x       x      .       .      .     .      .
shift.edit                   .     .     x     x       .      .       .      .     x      .
escalation.edit              .     .     x     x       .      .       .      .     .      .
access.break_glass           .     x     x     x       .      .       .      .     .      .
access.withdraw_conflict     .     .     x     x       .      .       .      x     .      .
sla.edit                     .     .     x     x       .      .       .      .     x      .
category.edit                .     .     x     x       .      .       .      .     x      .
team.edit                    .     .     x     x       .      .       .      .     x      .
staff.edit                   .     .     .     .       .      .       .      .     x      .
key.edit                     .     .     .     .       .      .       .      .     x      .
trail.view                   .     .     x     x       .      .       .      x     .      .
import.run                   .     .     x     x       .      .       .      .     .      .
settings.view                .     .     x     x       .      .       .      .     x      .
"""
ROWS = {line.split()[0]: line.split()[1:] for line in TABLE.strip().splitlines()}


def test_the_table_names_every_permission_and_no_other() -> None:
    assert ROWS.keys() == {str(permission) for permission in Permission}


@pytest.mark.parametrize("permission", list(Permission))
def test_each_role_may_what_the_table_says(permission: Permission) -> None:
    may = [permission in ROLES[role].permissions for role in ROLE_ORDER]
    assert may == [mark == "x" for mark in ROWS[permission]]


@pytest.mark.parametrize(
    ("role", "ceilings"),
    [
        (Role.AGENT, {Relation.ASSIGNED: 2, Relation.QUEUE: 2}),
        (Role.SENIOR, {Relation.ASSIGNED: 3, Relation.QUEUE: 2}),
        (Role.LEAD, {Relation.ASSIGNED: 3, Relation.QUEUE: 3}),
        (Role.MANAGER, {Relation.ASSIGNED: 3, Relation.QUEUE: 3, Relation.EVERY_TEAM: 3}),
        (Role.CLAIMS, {Relation.CLAIM: 2, Relation.ASSIGNED: 3}),
        (Role.FINANCE, {Relation.PAYOUT: 3}),
        (Role.QUALITY, {Relation.SAMPLED: 3}),
        (Role.LEGAL, {Relation.FLAGGED: 4}),
        (Role.ADMIN, {}),
        (Role.INTEGRATION, {Relation.WROTE: 4}),
    ],
)
def test_each_role_sees_up_to_its_ceilings(role: Role, ceilings: dict[Relation, int]) -> None:
    assert dict(ROLES[role].ceilings) == {relation: Level(level) for relation, level in ceilings.items()}


@pytest.mark.parametrize(
    ("compartment", "held_by"),
    [
        (Compartment.MEDICAL, {Role.CLAIMS, Role.LEAD, Role.MANAGER}),
        (Compartment.PAYMENT, {Role.CLAIMS, Role.FINANCE, Role.LEAD, Role.MANAGER}),
        (Compartment.MINORS, {Role.LEAD, Role.MANAGER}),
        (Compartment.PRIVILEGE, {Role.LEGAL}),
        (Compartment.STAFF_SUBJECT, {Role.LEGAL}),
    ],
)
def test_each_compartment_is_held_by_its_roles(compartment: Compartment, held_by: set[Role]) -> None:
    assert {role for role in Role if compartment in ROLES[role].compartments} == held_by


def test_an_assigned_senior_holds_medical_and_minors_there() -> None:
    assert ROLES[Role.SENIOR].assigned_compartments == {Compartment.MEDICAL, Compartment.MINORS}
    assert not any(ROLES[role].assigned_compartments for role in Role if role != Role.SENIOR)


def test_who_decides_or_configures_signs_in_with_a_second_factor() -> None:
    asked = {role for role in Role if ROLES[role].second_factor}
    assert asked == {Role.LEAD, Role.MANAGER, Role.CLAIMS, Role.FINANCE, Role.LEGAL, Role.ADMIN}


def test_a_named_lead_holds_cases_about_staff() -> None:
    assert not User(role=Role.LEAD).holds(Compartment.STAFF_SUBJECT)
    assert User(role=Role.LEAD, named_for_staff_subject=True).holds(Compartment.STAFF_SUBJECT)


@pytest.mark.parametrize("role", list(Role))
def test_somebody_deactivated_may_nothing(role: Role) -> None:
    assert not any(User(role=role, is_active=False).may(permission) for permission in Permission)


def test_a_key_may_what_its_scopes_open_and_no_more() -> None:
    assert set(SCOPES) == ROLES[Role.INTEGRATION].scopes
    for scope, opened in SCOPES.items():
        key = ApiKey(scopes=[scope])
        assert {permission for permission in Permission if key.may(permission)} == opened
    everything = ApiKey(scopes=list(SCOPES))
    assert {permission for permission in Permission if everything.may(permission)} == ROLES[
        Role.INTEGRATION
    ].permissions
    assert not ApiKey(scopes=["staff:write"]).may(Permission.STAFF_EDIT)
