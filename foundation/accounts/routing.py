"""Which team takes a case of a market and a language."""

from foundation.accounts.models import Route, Team
from foundation.accounts.policies import INTAKE


def team_for(market: str, language: str) -> Team:
    """The team of the most exact route: whole language tag, then its primary subtag, then any language, else intake.

    Closed teams take nothing. One query; a second when no route fits.
    """
    tag = language.lower()
    wanted = [tag, tag.split("-")[0], ""]
    routes = {
        route.language.lower(): route.team
        for route in Route.objects.filter(market=market.upper(), team__is_active=True).select_related("team")
    }
    for language_wanted in wanted:
        if language_wanted in routes:
            return routes[language_wanted]
    return Team.objects.get(slug=INTAKE)
