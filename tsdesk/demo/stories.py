"""Making up the cases of the demo: who reports what, and all that is done about it until now. Touches no table.

Everything follows from the seed; times are counted back from ``now``, so that the day is always in full swing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from cases.models.case import Channel
from cases.reports import IncidentReport
from foundation.accounts.models import ApiKey
from people.reported import ReportedBooking, ReportedPet
from tsdesk.demo.cast import CREWS, STAFF, STREETS, Crew, Known, Town, pet_of
from tsdesk.demo.courses import COURSES, MINUTE, Course, Marks, draw_marks
from tsdesk.demo.tales import Tale, phrases, tales

CASES = 300
SHARES = (("en", 55), ("es", 22), ("pt", 23))
"""Languages of the cases, in percent."""

WRITTEN = (Channel.EMAIL, Channel.FORM, Channel.CHAT, Channel.API, Channel.SMS, Channel.SOCIAL)
RESTRICTED = frozenset({"assault", "minor-safety"})
"""Categories that start above what an agent reads; a lead gives their cases to a senior."""

GROUPS: Mapping[str, str] = {
    **dict.fromkeys("bite injury-to-pet illness-of-pet death-of-pet lost-pet neglect".split(), "animals"),
    **dict.fromkeys("injury-to-person assault threat harassment discrimination minor-safety".split(), "people"),
    **dict.fromkeys("unsafe-home property-damage theft".split(), "home"),
    **dict.fromkeys("off-platform-payment fraud impersonation fake-review privacy".split(), "trust"),
    **dict.fromkeys("no-show dispute-over-work other".split(), "service"),
}
NAMES = {colleague.key: colleague.name for colleague in STAFF}
IN_LEGAL = phrases()["en"]
"""Legal writes English, whatever the language of the case."""
CURRENCIES = {"US": "USD", "BR": "BRL"}
WEEKDAYS: Mapping[str, Sequence[str]] = {
    "en": "Monday Tuesday Wednesday Thursday Friday".split(),
    "es": "lunes martes miércoles jueves viernes".split(),
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira".split(),
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something done about a case at an instant. deed: a method of loading.Player; by: key of a colleague, "" the desk."""

    at: datetime
    deed: str
    by: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """A case from its report to now. is_whole: over, and uneventful enough to be archived.

    opened_by: the agent on the phone, "" for what came in written.
    """

    number: int
    course: str
    is_whole: bool
    tale: Tale
    report: IncidentReport
    owner: str
    opened_by: str
    steps: Sequence[Step]

    def reported(self, key: ApiKey) -> IncidentReport:
        """The report as it came in: what was not told on the phone came from the marketplace."""
        return self.report if self.opened_by else replace(self.report, integration=key.integration)

    @property
    def received_at(self) -> datetime:
        assert self.report.received_at is not None
        return self.report.received_at


def make_up(seed: int, now: datetime, severities: Mapping[str, int], *, cases: int = CASES) -> list[Story]:
    """All stories, by number. severities: what the desk suggests for each tale, by its key; it sets the pace."""
    town = Town(Random(f"{seed}:town"), owners=220, providers=115)  # noqa: S311 - made up, not secret
    stories: list[Story] = []
    for number, (course, tale) in enumerate(_casting(Random(f"{seed}:casting"), cases)):  # noqa: S311
        draw = Random(f"{seed}:{number}")  # noqa: S311
        stories.append(_Pen(draw, number, course, tale, severities[tale.key], town, now).story())
    again = _said_twice(Random(f"{seed}:twice"), stories, now)  # noqa: S311
    return [*_linked(stories), *again]


def _casting(draw: Random, cases: int) -> Iterator[tuple[Course, Tale]]:
    """Which tale takes which course. What is open draws every tale once before any comes twice."""
    decks: dict[str, list[Tale]] = {language: [] for language, _ in SHARES}
    languages = [language for language, share in SHARES for _ in range(share)]
    turns: dict[str, int] = {}
    for course in COURSES:
        for _ in range(max(1, round(course.share * cases / CASES))):
            language = languages[(turns.setdefault("all", 0) * 37) % len(languages)]
            turns["all"] += 1
            deck = decks[language]
            if not any(course.fits(tale) for tale in deck):
                fresh = [tale for tale in tales() if tale.language == language]
                draw.shuffle(fresh)
                deck.extend(fresh)
            tale = next(tale for tale in deck if course.fits(tale))
            deck.remove(tale)
            yield course, tale


class _Pen:
    """Writes one story."""

    def __init__(
        self, draw: Random, number: int, course: Course, tale: Tale, severity: int, town: Town, now: datetime
    ) -> None:
        self.draw, self.number, self.course, self.tale, self.now = draw, number, course, tale, now
        self.says = phrases()[tale.language]
        self.marks: Marks = draw_marks(draw, course, severity, now)
        self.reporter = town.somebody(tale.reporter, tale.language, tale.reporter_is)
        self.respondent: Known | None = None
        if tale.respondent:
            self.respondent = town.somebody(tale.respondent, tale.language, tale.respondent_is, near=self.reporter)
        self.market = self.reporter.told.country
        self.crew: Crew = CREWS[self.market]
        agents = self.crew.seniors if tale.category in RESTRICTED else self.crew.agents_for(tale.language)
        self.owner = draw.choice(agents)
        self.pet: ReportedPet | None = None
        gender = ""
        if tale.pet:
            self.pet, gender = pet_of(draw, tale.pet, tale.language)
        self.loss = draw.randrange(tale.loss[0] * 100, tale.loss[1] * 100, 5) if tale.loss else 0
        # Nobody who waits for a first word has spoken with us on the phone.
        may_speak = course.is_answered and not (course.is_uneventful and tale.category in RESTRICTED)
        spoken = may_speak and draw.random() < 0.35
        self.channel = Channel.PHONE if spoken else draw.choice(WRITTEN)
        self.opened_by = self.owner if spoken else ""
        self.crew_language = "pt" if self.market == "BR" else "en"
        self.slots = self._slots(gender)

    def story(self) -> Story:
        steps = [step for step in sorted(self._steps(), key=lambda step: step.at) if step.at <= self.now]
        whole = self.course.is_uneventful
        return Story(self.number, self.course.name, whole, self.tale, self._report(), self.owner, self.opened_by, steps)

    def _slots(self, gender: str) -> dict[str, str]:
        he, him, his = ("she", "her", "her") if gender == "f" else ("he", "him", "his")
        place = self.reporter.place
        return {
            "me": self.reporter.told.name,
            "first": self.reporter.first,
            "other": self.respondent.told.name if self.respondent else "",
            "ofirst": self.respondent.first if self.respondent else "",
            "pet": self.pet.name if self.pet else "",
            "breed": self.pet.breed if self.pet else "",
            "he": he, "him": him, "his": his, "He": he.title(), "His": his.title(),
            "town": place.town,
            "street": self.draw.choice(STREETS[self.tale.language]),
            "amount": _money(self.loss, self.market),
            "agent": NAMES[self.owner].split()[0],
            "lead": NAMES[self.crew.lead],
            "senior": NAMES[self.crew.senior],
            "reference": f"24-{self.draw.randint(10_000, 39_999)}",
        }  # fmt: skip

    def _words(self, text: str, at: datetime | None = None) -> str:
        return text.format(**self.slots, day=self._day(at)).strip()

    def _one_of(self, texts: Sequence[str]) -> str:
        """One of these that says nothing of a respondent where there is none."""
        return self._words(self.draw.choice([text for text in texts if self.respondent or "{ofirst}" not in text]))

    def _day(self, at: datetime | None) -> str:
        """The working day after next."""
        day = ((at or self.now) + timedelta(days=2)).weekday()
        return WEEKDAYS[self.tale.language][day if day < 5 else 0]

    def _report(self) -> IncidentReport:
        tale, received = self.tale, self.marks.received
        occurred = received - timedelta(minutes=self.draw.choice((12, 25, 40, 90, 180, 600)) if not tale.danger else 25)
        booking = None
        if tale.service and self.respondent:
            begins = occurred - timedelta(hours=self.draw.choice((1, 2, 5, 20)))
            booking = ReportedBooking(
                external_id=f"BK-{770_000 + self.number * 13}",
                starts_at=begins.replace(minute=0, second=0, microsecond=0),
                ends_at=(occurred + timedelta(hours=self.draw.choice((1, 3, 26)))).replace(
                    minute=30, second=0, microsecond=0
                ),
                service=tale.service,
            )
        return IncidentReport(
            title=self._words(self.draw.choice(tale.titles)),
            category=tale.category,
            channel=self.channel,
            market=self.market,
            language={"en": "en", "es": "es", "pt": "pt-BR"}[tale.language],
            description=self._words(tale.told),
            received_at=received,
            external_id="" if self.opened_by else f"MP-{310_000 + self.number * 7}",
            reporter=replace(self.reporter.told, role=tale.reporter),
            respondent=replace(self.respondent.told, role=tale.respondent) if self.respondent else None,
            pet=self.pet,
            booking=booking,
            occurred_at=occurred,
            time_zone=self.reporter.place.time_zone,
            place=self._place(),
            people_hurt=tale.people,
            animals_hurt=tale.animals,
            emergency_care=tale.care,
            immediate_danger=tale.danger,
            authorities=tuple(tale.authorities),
            authority_reference=self.slots["reference"] if tale.authorities and self.course.is_answered else "",
            loss_minor=self.loss or None,
            loss_currency=CURRENCIES[self.market] if self.loss else "",
        )

    def _place(self) -> str:
        if not self.tale.place:
            return ""
        there = self.respondent if self.tale.place == "theirs" and self.respondent else self.reporter
        street, number = self.slots["street"], self.draw.randint(3, 980)
        if self.tale.place == "street":
            return f"{street}, {there.place.town}, {there.place.region}"
        home = f"{street}, {number}" if self.market == "BR" else f"{number} {street}"
        return f"{home}, {there.place.town}, {there.place.region}"

    def _steps(self) -> Iterator[Step]:
        marks, owner = self.marks, self.owner
        if marks.taken is not None:
            by_lead = self.tale.category in RESTRICTED or owner == "claims"
            if by_lead:
                yield Step(marks.taken, "assign", self.crew.lead, {"to": owner})
            yield Step(marks.taken + timedelta(seconds=40), "take", owner)
        if self.course.name == "unowned":
            return
        yield from self._pictures()
        if self.draw.random() < 0.7:
            yield Step(marks.at(0.03), "tick", owner, {"steps": 1})
        if self.course.is_answered:
            yield from self._answered()
        if self.course.extra:
            yield from getattr(self, f"_{self.course.extra}")()

    def _answered(self) -> Iterator[Step]:
        marks, owner, tale = self.marks, self.owner, self.tale
        if not self.opened_by:
            yield Step(
                marks.replied, "say", owner, self._said(self.draw.choice(self.says["reply"][GROUPS[tale.category]]))
            )
        if tale.theirs and self.respondent and self.draw.random() < 0.85:
            told = {"to": "respondent", "channel": "phone", "seconds": self.draw.randint(190, 860)}
            yield Step(marks.at(0.22), "say", owner, told | {"body": self._words(tale.theirs)})
        yield Step(marks.at(0.27), "note", owner, {"body": self._words(tale.note)})
        if self.draw.random() < 0.3:
            yield Step(
                marks.at(0.3), "note", owner, {"body": self._one_of(self.says[self.draw.choice(("mentions", "calm"))])}
            )
        if self.draw.random() < 0.4:
            title = self._one_of(self.says["tasks"])
            due = marks.at(0.3) + timedelta(hours=self.draw.choice((4, 20, 30, 52)))
            yield Step(marks.at(0.3), "task", owner, {"title": title, "due_at": due, "to": owner})
            if self.draw.random() < 0.7:
                yield Step(marks.at(0.8), "finish", owner)
        if self.course.reporter_writes:
            answer = self.draw.choice(self.says["answers_now" if tale.danger else "answers"])
            yield Step(
                marks.at(0.4),
                "hear",
                facts={"from": "reporter", "channel": self._channel(), "body": self._words(tale.more)},
            )
            yield Step(marks.at(0.45), "say", owner, self._said(answer, marks.at(0.45)))
        if self.course.waits:
            asked = self._words(self.says["asks"][tale.waits], marks.at(0.54))
            to = tale.waits if tale.waits in ("reporter", "respondent") else "other"
            yield Step(marks.at(0.54), "say", owner, {"to": to, "channel": "email", "body": asked})
            until = marks.at(0.55) + timedelta(days=self.draw.choice((2, 3, 5)), hours=3)
            yield Step(marks.at(0.55), "wait", owner, {"on": tale.waits, "until": max(until, marks.at(0.8))})
            yield Step(marks.at(0.62), "say", owner, self._said(self.says["chase"], marks.at(0.62)))
            yield Step(marks.at(0.76), "resume", owner)

    def _said(self, text: str, at: datetime | None = None) -> dict[str, Any]:
        return {"to": "reporter", "channel": self._channel(), "body": self._words(text, at)}

    def _channel(self) -> str:
        return {Channel.SMS: "sms", Channel.CHAT: "chat", Channel.SOCIAL: "email"}.get(self.channel, "email")

    def _pictures(self) -> Iterator[Step]:
        if not self.tale.pictures or self.course.is_uneventful or self.draw.random() < 0.3:
            return
        for place, scene in enumerate(self.tale.pictures[: self.draw.randint(1, 3)]):
            at = self.marks.at(0.04 + place / 100) if place < 2 else self.marks.at(0.41)
            facts = {
                "scene": scene,
                "seed": self.number,
                "amount": self.slots["amount"],
                "language": self.crew_language,
            }
            yield Step(at, "picture", self.owner, facts)

    def _ends(self, outcomes: Sequence[str] = ()) -> Iterator[Step]:
        """What every ending has: the last steps of the playbook, a last word, an outcome, and seven quiet days."""
        ends = self.marks.at(1.0)
        outcome = self.draw.choice([end for end in outcomes or self.tale.ends if end != "compensated" or self.loss])
        yield Step(ends - 30 * MINUTE, "tick", self.owner, {"steps": 9})
        yield Step(ends - 9 * MINUTE, "say", self.owner, self._said(self.says["endings"][outcome], ends))
        yield Step(ends, "resolve", self.owner, {"outcome": outcome})
        yield Step(ends + timedelta(days=7), "close")

    def _silence(self) -> Iterator[Step]:
        """Nobody could be reached, while there was still time to answer."""
        ends = self.marks.replied
        yield Step(ends - MINUTE, "tick", self.owner, {"steps": 9})
        yield Step(ends, "resolve", self.owner, {"outcome": "no_contact_possible"})
        yield Step(ends + timedelta(days=7), "close")

    def _reopened(self) -> Iterator[Step]:
        yield from self._ends()
        said = {"from": "reporter", "channel": "email", "body": self._words(self.tale.more)}
        yield Step(self.now - timedelta(minutes=self.draw.randint(20, 200)), "hear", facts=said)

    def _called(self) -> Iterator[Step]:
        reason = self._one_of(self.says["escalated"])
        at = self.now - timedelta(minutes=self.draw.randint(25, 110))
        yield Step(at, "escalate", self.owner, {"to": self.crew.lead, "reason": reason, "answered": True})

    def _calling(self) -> Iterator[Step]:
        """Called by name almost a quarter of an hour ago: the desk passes the call on as soon as it runs."""
        reason = self._one_of(self.says["escalated"])
        at = self.now - timedelta(minutes=15) + timedelta(seconds=20 + 12 * (self.number % 4))
        yield Step(at, "escalate", self.owner, {"to": self.crew.lead, "reason": reason, "answered": False})

    def _for_legal(self) -> Iterator[Step]:
        """Legal reads along; of every second one nothing may be lost."""
        at = self.now - timedelta(minutes=self.draw.randint(40, 300))
        yield Step(at, "flag", self.owner, {"hold": self.number % 2 == 0})
        yield Step(at + 17 * MINUTE, "note", "legal", {"body": self._words(self.draw.choice(IN_LEGAL["for_legal"]))})

    def _privileged(self) -> Iterator[Step]:
        """Raised above everybody of the team, whom the desk calls about it."""
        at = self.now - timedelta(minutes=self.draw.randint(20, 40))
        reason = self._words(IN_LEGAL["privileged"])
        yield Step(at, "raise_level", self.crew.lead, {"level": 4, "reason": reason})
        yield Step(at + 9 * MINUTE, "note", "legal", {"body": self._words(IN_LEGAL["for_legal"][0])})

    def _offered(self) -> Iterator[Step]:
        note = self._one_of(self.says["handed"])
        fitting = self.crew.seniors if self.tale.category in RESTRICTED else ("agent", *self.crew.agents)
        to = next((key for key in fitting if key != self.owner and key != "claims"), self.crew.lead)
        if self.market == "BR":
            to = next(key for key in self.crew.agents if key != self.owner)
        at = self.now - timedelta(minutes=self.draw.randint(6, 50))
        yield Step(at, "hand_over", self.owner, {"to": to, "note": note})


def _linked(stories: Sequence[Story]) -> Iterator[Story]:
    """Whoever works a case finds the earlier one about the same person, and links it."""
    earlier: dict[str, Story] = {}
    found: dict[int, Step] = {}
    for story in sorted(stories, key=lambda story: story.received_at):
        name = story.report.respondent.name if story.report.respondent else ""
        if not name or story.tale.category in RESTRICTED:
            continue
        before, earlier[name] = earlier.get(name), story
        noted = next((step for step in story.steps if step.deed == "note"), None)
        if before is not None and noted is not None and not story.is_whole and len(found) < 24:
            facts = {"of": before.number, "kind": "same_people"}
            found[story.number] = Step(noted.at - 2 * MINUTE, "link", story.owner, facts)
    for story in stories:
        link = found.get(story.number)
        steps = sorted([*story.steps, link], key=lambda step: step.at) if link else story.steps
        yield replace(story, steps=steps)


def _said_twice(draw: Random, stories: Sequence[Story], now: datetime) -> Iterator[Story]:
    """Reports that came twice, from the same person by another way: closed as duplicates, one of them merged."""
    told = [
        story
        for story in stories
        if not story.is_whole and story.tale.category not in RESTRICTED and len(story.steps) > 2
    ]
    number = len(stories)
    for turn, first in enumerate(draw.sample(told, min(7, len(told)))):
        received = first.received_at + timedelta(minutes=draw.randint(15, 45))
        found = received + timedelta(minutes=draw.randint(4, 14))
        # The first has to be somebody's by then, and not over.
        if not first.steps or found > now or first.course == "unowned":
            continue
        titles = [title for title in first.tale.titles if title != first.report.title] or [first.report.title]
        report = replace(
            first.report,
            title=draw.choice(titles).format(
                pet=first.report.pet.name if first.report.pet else "",
                breed=first.report.pet.breed if first.report.pet else "",
                street=first.report.place.split(",")[0],
                town=first.report.place.split(",")[-2].strip() if "," in first.report.place else "",
                amount="",
            ).replace("  ", " "),
            channel=Channel.CHAT if first.report.channel != Channel.CHAT else Channel.EMAIL,
            received_at=received,
            external_id=f"MP-{420_000 + number}",
            booking=None,
        )  # fmt: skip
        by = first.owner if first.owner != "claims" else "senior"
        deed = "merge" if turn == 0 else "duplicate"
        yield Story(number, deed, False, first.tale, report, by, "", [Step(found, deed, by, {"of": first.number})])
        number += 1


def _money(minor: int, market: str) -> str:
    return f"{minor / 100:,.2f} {CURRENCIES[market]}" if minor else ""
