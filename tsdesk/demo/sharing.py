"""How work is shared in the demo: the second team's queue gives its cases away by itself, the first one's is worked by hand."""

from collections.abc import Mapping
from datetime import datetime

from cases.operations.assignment_rules import Terms, publish_rule
from foundation.accounts.models import Team, User
from foundation.accounts.operations import set_skills

TEAM = "br"
SPOKEN = {"marcos.teixeira": ("en", "es", "pt"), "thiago.nogueira": ("pt",), "luana.prado": ("en", "pt")}
"""Who speaks what, so that a report in Spanish goes to one person alone."""

SENIORS = {"marcos.teixeira": 20}
"""Points of those who take less than the others: an emergency in Spanish finds nobody with room."""


def share_work(staff: Mapping[str, User], *, now: datetime) -> None:
    """Say what each of the second team is given, and switch its rule on; from then on the desk's workers give."""
    team = Team.objects.get(slug=TEAM)
    lead = team.lead or staff["manager"]
    for key, languages in SPOKEN.items():
        set_skills(staff[key], languages=languages, markets=[team.country], kinds=[], by=lead, now=now)
    terms = Terms(is_on=True, capacities={staff[key].pk: points for key, points in SENIORS.items()})
    publish_rule(team, terms=terms, by=lead, now=now)
