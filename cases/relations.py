"""How somebody stands to cases, each relation with the level that her role's ceiling gives it.

One list serves the queryset that hides cases and the page that explains why. Higher apps add the relations
that they know of (a claim, a payout, a sample) with ``register``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.accounts.permissions import Level, Relation


@dataclass(frozen=True, slots=True)
class Sight:
    """One relation somebody may stand in: the cases it covers, and up to which level."""

    name: str
    sentence: str | Promise
    covers: Q
    ceiling: Level

    @property
    def sight(self) -> Q:
        return self.covers & Q(confidentiality__lte=self.ceiling)


Covering = Callable[[User], Q]

_coverings: dict[Relation, tuple[Covering, str | Promise]] = {}


def register(relation: Relation, covers: Covering, sentence: str | Promise) -> None:
    """Say which cases a relation covers for somebody. Raises ValueError when it is taken."""
    if relation in _coverings:
        raise ValueError(f"The relation {relation} is registered twice.")
    _coverings[relation] = (covers, sentence)


def _about_staff(user: User) -> Q:
    from cases.querysets import about_staff

    return about_staff()


register(Relation.ASSIGNED, lambda user: Q(assignee_id=user.pk), _("The case is assigned to her."))
register(Relation.QUEUE, lambda user: Q(team_id__in=user.team_ids), _("The case is in her team's queue."))
register(Relation.EVERY_TEAM, lambda user: Q(), _("Her role sees every team."))
register(Relation.NAMED, _about_staff, _("The case is about a member of staff, and she is named for these."))
register(
    Relation.FLAGGED,
    lambda user: Q(confidentiality=Level.C4) | Q(flagged_for_legal=True) | Q(legal_hold=True),
    _("The case is C4, flagged for legal, or on legal hold."),
)


def relations_of(user: User) -> Iterator[Sight]:
    """Every relation that her role gives a ceiling to, and the grants to her by name."""
    from cases.querysets import granted_to

    for relation, ceiling in user.ceilings.items():
        if relation in _coverings:
            covers, sentence = _coverings[relation]
            yield Sight(relation, sentence, covers(user), ceiling)
    yield Sight("granted", _("The case was opened to her by name."), granted_to(user), Level.C4)
