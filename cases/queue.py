"""The queue: its built-in views, the order of cases in it, pages of it by keyset, and bounded counts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.listing import ListedCase, listed
from cases.models import Case, Clock
from cases.querysets import CaseQuerySet
from cases.search_language import Search
from cases.searching import DUE_SOON, breached, is_about_open_cases, search_cases
from cases.workflow import CaseState
from foundation.accounts.models import User
from foundation.accounts.permissions import ROLES, Permission, Role
from foundation.sla.models import ClockState

PAGE_SIZE = 25
COUNT_LIMIT = 1_000
"""Counts stop here: nobody works a thousandth row, and no page may grow with the table."""


@dataclass(frozen=True, slots=True)
class View:
    """A search under a name in the rail. ``hot`` shows its count in red."""

    slug: str
    label: str | Promise
    icon: str
    query: str
    hot: bool = False


VIEWS = (
    View("open", _("All open"), "inbox", "is:open"),
    View("mine", _("Mine"), "user", "is:mine"),
    View("unassigned", _("Unassigned"), "circle", "is:unassigned"),
    View("due", _("Due soon"), "clock", "is:due"),
    View("breached", _("Breached"), "alert", "is:breached", hot=True),
    View("escalated", _("Escalated"), "up", "is:escalated"),
    View("emergencies", _("Emergencies"), "bolt", "is:emergency", hot=True),
    View("waiting", _("Waiting"), "pause", "is:waiting"),
)
LEAD_VIEWS = (View("saved:off-shift", _("Owner off shift"), "moon", "is:open owner:off-shift"),)
"""What leads watch over besides."""

KINDS = (View("incidents", _("Incidents"), "flag", "is:open kind:incident"),)


class Page(NamedTuple):
    """One page of a search: its cases in order, and the cursor of the next page ("" when this is the last)."""

    cases: list[ListedCase]
    next_cursor: str


class Counts(NamedTuple):
    """How many cases a search finds, and how many in each band; ``more`` when counting stopped at the limit."""

    total: int
    bands: dict[int, int]
    more: bool


def page(search: Search, *, reader: User, now: datetime, cursor: str = "", size: int = PAGE_SIZE) -> Page:
    """The next ``size`` cases of a search: open cases by urgency, anything wider newest first.

    A cursor that cannot be read starts from the top.
    """
    by_urgency = is_about_open_cases(search)
    cases = _after(search_cases(search, reader=reader, now=now), cursor, by_urgency=by_urgency)
    order = ("band", "urgent_at", "pk") if by_urgency else ("-received_at", "-pk")
    found = listed(cases.order_by(*order)[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, _cursor(found[-1], by_urgency=by_urgency) if more else "")


def _cursor(case: ListedCase, *, by_urgency: bool) -> str:
    instant = case.urgent_at if by_urgency else case.received_at
    return f"{case.band if by_urgency else 0}_{int(instant.timestamp() * 1_000_000)}_{case.pk}"


def _after(cases: CaseQuerySet, cursor: str, *, by_urgency: bool) -> CaseQuerySet:
    try:
        band, micros, pk = (int(part) for part in cursor.split("_"))
        instant = datetime.fromtimestamp(micros // 1_000_000, tz=UTC).replace(microsecond=micros % 1_000_000)
    except (ValueError, OverflowError, OSError):
        return cases
    if by_urgency:
        same = Q(band=band)
        later = Q(urgent_at__gt=instant) | Q(urgent_at=instant, pk__gt=pk)
        return cases.filter(Q(band__gt=band) | (same & later), band__gte=band)
    return cases.filter(Q(received_at__lt=instant) | Q(received_at=instant, pk__lt=pk))


def count(search: Search, *, reader: User, now: datetime) -> Counts:
    """How many cases a search finds, counting no further than COUNT_LIMIT, in one query."""
    found = search_cases(search, reader=reader, now=now).values("band")[: COUNT_LIMIT + 1]
    totals = found.aggregate(
        total=Count("band"),
        one=Count("band", filter=Q(band=1)),
        two=Count("band", filter=Q(band=2)),
        three=Count("band", filter=Q(band=3)),
    )
    total = min(totals["total"], COUNT_LIMIT)
    return Counts(total, {1: totals["one"], 2: totals["two"], 3: totals["three"]}, totals["total"] > COUNT_LIMIT)


def view_counts(*, reader: User, now: datetime, limit: int = COUNT_LIMIT) -> dict[str, int]:
    """The count of every built-in view and of the reader's teams (key ``team:ID``); one more than ``limit`` means more.

    One statement while no more cases than that are open, else a second one in which each view is counted by itself.
    """
    due = Clock.objects.filter(
        case=OuterRef("pk"), state=ClockState.RUNNING, due_at__gt=now, due_at__lte=now + DUE_SOON
    )
    visible = Case.objects.visible_to(reader).open().annotate(is_breached=breached(now), is_due=Exists(due))
    rows = visible.values(
        "assignee_id", "state", "severity", "team_id", "escalated_to_id", "kind", "is_breached", "is_due"
    )[: limit + 1]
    filters = {
        "open": Q(kind__isnull=False),
        "mine": Q(assignee_id=reader.pk),
        "unassigned": Q(assignee_id__isnull=True),
        "due": Q(is_due=True),
        "breached": Q(is_breached=True),
        "escalated": Q(escalated_to_id__isnull=False),
        "emergencies": Q(severity=1),
        "waiting": Q(state=CaseState.WAITING),
        "incidents": Q(kind="incident"),
    } | {f"team:{pk}": Q(team_id=pk) for pk in reader.team_ids}
    names = {name: f"n{number}" for number, name in enumerate(filters)}
    totals = rows.aggregate(**{names[name]: Count("kind", filter=condition) for name, condition in filters.items()})
    if totals[names["open"]] > limit:
        return _each_counted({name: visible.filter(condition) for name, condition in filters.items()}, limit)
    return {name: totals[alias] for name, alias in names.items()}


def _each_counted(views: dict[str, CaseQuerySet], limit: int) -> dict[str, int]:
    """How many cases each view holds, none counted further than one beyond the limit. One statement."""
    counts: list[str] = []
    parameters: list[Any] = []
    for cases in views.values():
        sql, given = cases.order_by().values_list("pk")[: limit + 1].query.sql_with_params()
        counts.append(f"(SELECT count(*) FROM ({sql}) AS held)")  # noqa: S608 - Django's own SQL
        parameters += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", parameters)
        return dict(zip(views, cursor.fetchone(), strict=True))


def shown_count(number: int) -> int | str:
    """A count as it is shown: beyond the limit it says no more than that."""
    return f"{COUNT_LIMIT}+" if number > COUNT_LIMIT else number


def team_views(reader: User) -> list[View]:
    """A view for each team whose queue is the reader's."""
    return [View(f"team:{team.pk}", team.name, "star", f"is:open team:{team.slug}") for team in reader.own_teams]


def next_for(reader: User, *, now: datetime) -> Case | None:
    """The most pressing open case nobody has that is in one of the reader's queues, or that she may see."""
    unowned = Case.objects.visible_to(reader).open().filter(assignee__isnull=True).order_by("band", "urgent_at", "pk")
    return unowned.filter(team_id__in=reader.team_ids).first() or unowned.first()


def assignable(reader: User) -> list[tuple[int, str]]:
    """Whom the reader is offered to give cases to, by number and name: active people of her teams, and managers."""
    roles = [role for role, spec in ROLES.items() if Permission.CASE_TAKE in spec.permissions]
    near = Q(memberships__team__in=reader.team_ids) | Q(role=Role.MANAGER) | Q(pk=reader.pk)
    colleagues = User.objects.active().filter(near, role__in=roles)
    return list(colleagues.distinct().order_by("name").values_list("pk", "name")[:200])
