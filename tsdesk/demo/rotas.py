"""Who is on call in the demo: by weeks and by nights, with a gap, somebody standing in, and a swap that waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from foundation.accounts.models import Team, User
from foundation.audit.actors import SYSTEM
from foundation.escalation.models import Schedule
from foundation.escalation.oncall import spans
from foundation.escalation.operations import (
    RotationSpec,
    ask_swap,
    create_schedule,
    override_shift,
    start_rotation,
    write_shift_note,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
WEEKEND = ("sat", "sun")
SOON = timedelta(days=1)
LOOKED_AHEAD = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Rota:
    """A rotation of the demo. people: in their order. hours: of these days, from and to."""

    name: str
    people: Sequence[str]
    unit: str
    days: Sequence[str]
    hours: tuple[str, str]


ROTAS: Mapping[str, tuple[str, Sequence[Rota]]] = {
    "us": (
        "United States, on call",
        (
            Rota("Days", ("tom.becker", "agent", "sunhee.kang"), "week", WEEKDAYS + WEEKEND, ("08:00", "20:00")),
            Rota(
                "Nights", ("senior", "jonas.lindqvist", "renata.ibanez"), "week", WEEKDAYS + WEEKEND, ("20:00", "08:00")
            ),
        ),
    ),
    # Nobody takes the days of a Sunday: the gap that the page warns of.
    "br": (
        "Brasil, on call",
        (
            Rota("Days", ("thiago.nogueira", "luana.prado"), "week", (*WEEKDAYS, "sat"), ("08:00", "20:00")),
            Rota("Nights", ("marcos.teixeira", "beatriz.carvalho"), "day", WEEKDAYS + WEEKEND, ("20:00", "08:00")),
        ),
    ),
}
"""By team: what its schedule is called, and its rotations."""

NOTE = (
    "Quiet night. One owner said she would send the vet's invoice in the morning; it is on her case as a task. "
    "The phone line dropped twice around three, calls came through again within a minute."
)


def begin(staff: Mapping[str, User], *, now: datetime) -> None:
    """The schedules, counting from ``now``."""
    for team in Team.objects.filter(slug__in=ROTAS):
        name, rotas = ROTAS[team.slug]
        schedule = create_schedule(name=name, team=team, time_zone=team.time_zone, by=SYSTEM, now=now)
        for rota in rotas:
            start_rotation(schedule, _spec(rota, team, staff, now), by=SYSTEM, now=now)


def stir(staff: Mapping[str, User], *, now: datetime) -> None:
    """What is going on at ``now``: the lead stands in tomorrow, a colleague asks the agent to swap, a note was left."""
    schedule = Schedule.objects.get(name=ROTAS["us"][0])
    ahead = [span for span in spans(schedule, now, now + LOOKED_AHEAD) if span.starts_at > now]
    first = next(span for span in ahead if span.starts_at > now + SOON)
    override_shift(
        schedule, person=staff["lead"], instead_of=first.person, starts_at=first.starts_at,
        ends_at=first.starts_at + timedelta(hours=4), note="Training", by=staff["lead"], now=now,
    )  # fmt: skip
    days = {staff[key].pk for key in ROTAS["us"][1][0].people}
    agent = staff["agent"]
    later = [span for span in ahead if span.person.pk in days and span.starts_at > first.ends_at]
    hers = next(span for span in later if span.person == agent)
    asked_by = next(span for span in later if span.person != agent)
    ask_swap(schedule, asked_of=agent, gives=asked_by[:2], takes=hers[:2], by=asked_by.person, now=now)
    write_shift_note(schedule, body=NOTE, by=staff["senior"], now=now - timedelta(hours=5))


def _spec(rota: Rota, team: Team, staff: Mapping[str, User], now: datetime) -> RotationSpec:
    opens, closes = rota.hours
    hours: dict[str, Any] = {day: {opens: closes} for day in rota.days}
    return RotationSpec(
        name=rota.name,
        people=tuple(staff[key] for key in rota.people),
        unit=rota.unit,
        length=1,
        weekday=0 if rota.unit == "week" else None,
        hand_over_at=time.fromisoformat(opens),
        time_zone=team.time_zone,
        hours=hours,
        starts_on=now.astimezone(ZoneInfo(team.time_zone)).date(),
    )
