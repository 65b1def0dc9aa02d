"""Why somebody can or cannot see a case, and which compartments of it: the rule's terms, from the same code."""

from functools import reduce
from operator import or_
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cases.models import Case, Conflict, GrantKind
from cases.querysets import granted_to
from cases.relations import relations_of
from foundation.accounts.models import ApiKey, User
from foundation.accounts.permissions import Compartment, Permission, Relation
from foundation.audit.actors import Acting, System


class Term(NamedTuple):
    """One term of the rule: whether it holds, and the sentence that says so."""

    holds: bool
    sentence: str | Promise


class Explanation(NamedTuple):
    """The verdict on one person and one case, with every term that led to it."""

    sees: bool
    terms: list[Term]


def explain(user: User, case: Case) -> Explanation:
    """The terms of the rule for this person and case, in order: capability, relations, conflict."""
    terms = [
        Term(user.is_active, _("She is active.") if user.is_active else _("She was deactivated.")),
        Term(
            user.may(Permission.CASE_VIEW),
            _("The role %(role)s reads cases.") % {"role": user.get_role_display()}
            if user.may(Permission.CASE_VIEW)
            else _("The role %(role)s reads no cases.") % {"role": user.get_role_display()},
        ),
    ]
    for relation in relations_of(user):
        covered = Case.objects.filter(relation.covers, pk=case.pk).exists()
        reaches = case.confidentiality <= relation.ceiling
        says = _("%(relation)s It reaches C%(ceiling)d, the case is C%(level)d.") % {
            "relation": relation.sentence,
            "ceiling": relation.ceiling,
            "level": case.confidentiality,
        }
        terms.append(
            Term(covered and reaches, says if covered else _("Not so: %(relation)s") % {"relation": relation.sentence})
        )
    conflicted = Conflict.objects.filter(case=case, user=user).exists()
    terms.append(
        Term(
            not conflicted,
            _("She has an interest in the case.") if conflicted else _("No conflict of interest is known."),
        )
    )
    return Explanation(Case.objects.visible_to(user).filter(pk=case.pk).exists(), terms)


def compartments_for(reader: Acting, case: Case) -> frozenset[str]:
    """The compartments of this case that the reader holds; the open one always."""
    if isinstance(reader, System):
        return frozenset(Compartment.values)
    if isinstance(reader, ApiKey) or not isinstance(reader, User):
        return frozenset({Compartment.NONE.value})
    held = {value for value in Compartment.values if reader.holds(value)}
    if case.assignee_id == reader.pk:
        held |= {compartment.value for compartment in reader.spec.assigned_compartments}
    return frozenset(held)


def may_decide(reader: Acting, case: Case) -> bool:
    """Whether somebody who sees the case may also decide it.

    Sight that came from opening it here or from breaking the glass reads and adds, and decides nothing.
    """
    if not isinstance(reader, User):
        return True
    ceilings = reader.spec.ceilings
    if case.assignee_id == reader.pk and ceilings.get(Relation.ASSIGNED, 0) >= case.confidentiality:
        return True
    if case.team_id in reader.team_ids and ceilings.get(Relation.QUEUE, 0) >= case.confidentiality:
        return True
    standing = [relation.sight for relation in relations_of(reader) if relation.name != "granted"]
    sight = reduce(or_, standing, granted_to(reader, GrantKind.SHARED))
    return Case.objects.filter(sight, pk=case.pk).exists()
