"""Loading the demo: its staff, its stories in the order of time, and the searches somebody has kept."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from cases.models import Case, CategoryVersion
from cases.operations.search import indexing_once
from cases.operations.timers import sweep_due_tasks
from cases.operations.views import save_view
from cases.severity import suggest
from foundation.accounts.models import ApiKey, Team, User
from foundation.accounts.operations import create_api_key
from foundation.audit import trail
from foundation.audit.actors import SYSTEM, Subject
from foundation.audit.history import telling
from foundation.sla.matching import keeping_terms
from people.models import Person
from people.operations import find_or_create_people
from tsdesk.demo import events, rotas
from tsdesk.demo.archiving import archive
from tsdesk.demo.playing import Player
from tsdesk.demo.sharing import share_work
from tsdesk.demo.staffing import hire
from tsdesk.demo.stories import CASES, Story, make_up
from tsdesk.demo.tales import tales

SEED = 7
OPENED_THE_DESK = timedelta(days=150)
"""How long ago the staff of the demo began; older than the oldest case."""

VIEWS = (
    ("agent", "Bites and injuries", "is:open cat:bite,injury-to-pet", False),
    ("lead", "Late, nobody’s yet", "is:unassigned is:breached", True),
    ("lead", "With the police", "waiting:law_enforcement", True),
)
"""Whose, name, search, whether it is shared with her team."""

DEMO = Subject("demo", "tsdesk")

Progress = Callable[[int, int], None]


@transaction.atomic
def load(*, now: datetime, seed: int = SEED, cases: int = CASES, progress: Progress | None = None) -> int:
    """Load the demo and say how many cases it has; 0 where there are cases already, which stay as they are.

    All or nothing. Cases, people, clocks and words follow from the seed and ``now``. What was due until ``now`` has
    happened and was told to nobody: history writes no outbox row. What comes due after it is up to the desk.
    """
    if Case.objects.exists():
        return 0
    began = now - OPENED_THE_DESK
    with telling(began):
        staff = hire(now=began)
        rotas.begin(staff, now=began)
        # Nobody ever learns the key: it is there for the marketplace to have reported with.
        key, _secret = create_api_key(integration_name="Marketplace", by=staff["admin"], now=began)
    stories = make_up(seed, now, severities(), cases=cases)
    with telling(began):
        people = everybody(stories, key, now=began)
    with keeping_terms(), indexing_once():
        _tell(stories, staff, key, people, until=now, progress=progress)
    with telling(now):
        sweep_due_tasks(now)
        rotas.stir(staff, now=now)
        share_work(staff, now=now)
        for owner, name, query, shared in VIEWS:
            team = Team.objects.get(lead=staff[owner]) if shared else None
            save_view(name=name, query=query, team=team, by=staff[owner], now=now)
    trail.record(events.DEMO_LOADED, about=DEMO, by=SYSTEM, seed=seed, cases=len(stories))
    return len(stories)


def _tell(
    stories: Sequence[Story],
    staff: Mapping[str, User],
    key: ApiKey,
    people: Mapping[str, Person],
    *,
    until: datetime,
    progress: Progress | None,
) -> None:
    written = archive([story for story in stories if story.is_whole], staff, key, people)
    played = [story for story in stories if not story.is_whole]
    player = Player(played, staff, key, people, written)
    # One order of time over all cases, as a desk lives it: so references and the trail run as they would have.
    moments = [(story.received_at, story.number, -1) for story in played]
    moments += [(step.at, story.number, place) for story in played for place, step in enumerate(story.steps)]
    by_number = {story.number: story for story in played}
    for done, (_at, number, place) in enumerate(sorted(moments), start=1):
        if place < 0:
            player.open(number)
        else:
            player.play(number, by_number[number].steps[place])
        if progress is not None:
            progress(done, len(moments))
    for number in by_number:
        player.let_pass(number, until=until)


def everybody(stories: Sequence[Story], key: ApiKey, *, now: datetime) -> dict[str, Person]:
    """Everybody the stories name, by address."""
    told = {
        known.email: known for story in stories for known in (story.report.reporter, story.report.respondent) if known
    }
    known = find_or_create_people(list(told.values()), integration=key.integration, by=SYSTEM, now=now)
    return dict(zip(told, known, strict=True))


def severities() -> Mapping[str, int]:
    """What the desk suggests for each tale, by its key."""
    current = CategoryVersion.objects.filter(is_current=True).select_related("category")
    categories = {version.category.slug: version for version in current}
    return {
        tale.key: suggest(
            categories[tale.category],
            {
                "people_hurt": tale.people,
                "animals_hurt": tale.animals,
                "emergency_care": tale.care,
                "immediate_danger": tale.danger,
            },
        ).severity
        for tale in tales()
    }
