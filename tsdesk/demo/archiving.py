"""Cases of the demo that are over, written whole: every row as the operations would have left it, in few statements.

Two hundred cases played deed by deed would keep somebody waiting who only wants to look at the desk. What is written
here is what playing writes; a test tells the same stories both ways and compares what each left.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from cases import events
from cases.models import (
    Capacity,
    Case,
    CasePet,
    CategoryVersion,
    Channel,
    Check,
    Clock,
    ClockEvent,
    Contact,
    Direction,
    Incident,
    Note,
    Party,
    PartyRole,
    Task,
)
from cases.models.contacts import ContactChannel
from cases.operations.clocks import first_clocks, starts_of
from cases.operations.opening import (
    CONTACT_CHANNELS,
    PROVIDERS,
    category_of,
    copy_playbook,
    incident_of,
    new_case,
    opened,
    parties_of,
    place_new,
    words_of,
)
from cases.operations.search import write_texts
from cases.severity import FACTS, suggest
from cases.workflow import CASE_WORKFLOW
from foundation.accounts.actors import staff_or_none
from foundation.accounts.models import ApiKey, Team, User
from foundation.accounts.permissions import Compartment
from foundation.accounts.routing import team_for
from foundation.audit import trail
from foundation.audit.actors import SYSTEM, Acting
from foundation.audit.events import Event
from foundation.audit.trail import Happening
from foundation.sla.clocks import facts_of, plan, set_next_fire
from foundation.sla.models import ClockEventKind, ClockState, Metric
from people.events import BOOKING_ADDED, PET_ADDED
from people.models import Booking, Person, Pet
from people.operations import told_of_pet
from tsdesk.demo.stories import Step, Story

Told = Callable[[], Iterable[Happening]]
"""What the trail will keep, to be asked once every row has its id."""


def archive(
    stories: Sequence[Story], staff: Mapping[str, User], key: ApiKey, people: Mapping[str, Person]
) -> dict[int, Case]:
    """Write stories that are whole, and return the case of each by the story's number.

    people: everybody the reports name, by address.
    """
    files = [_File(story, staff, key) for story in sorted(stories, key=lambda story: story.received_at)]
    categories = {slug: category_of(slug) for slug in {story.tale.category for story in stories}}
    teams = {(story.report.market, story.report.language) for story in stories}
    team_of = {place: team_for(*place) for place in teams}
    for file in files:
        report = file.story.report
        file.open(categories[report.category], team_of[report.market, report.language], people)
        for step in file.story.steps:
            file.play(step)
    _write(files, categories)
    return {file.story.number: file.case for file in files}


def _write(files: Sequence["_File"], categories: Mapping[str, CategoryVersion]) -> None:
    Case.objects.bulk_create(file.case for file in files)
    Party.objects.bulk_create(party for file in files for party in file.parties)
    _write_bookings_and_pets(files)
    for file in files:
        file.write_down_what_happened(categories[file.story.tale.category])
    Incident.objects.bulk_create(file.incident for file in files)
    CasePet.objects.bulk_create(
        CasePet(incident=file.incident, pet=file.pet, harm=file.story.report.animals_hurt) for file in files if file.pet
    )
    for slug in categories:
        copy_playbook([file.case for file in files if file.story.tale.category == slug], slug)
    Clock.objects.bulk_create(clock for file in files for clock in file.clocks)
    ClockEvent.objects.bulk_create(row for file in files for row in file.clock_events)
    Contact.objects.bulk_create(row for file in files for row in file.contacts)
    Note.objects.bulk_create(row for file in files for row in file.notes)
    mentions = [(note, person) for file in files for note, person in file.mentions]
    Note.mentions.through.objects.bulk_create(
        Note.mentions.through(note_id=note.pk, user_id=person.pk) for note, person in mentions
    )
    Task.objects.bulk_create(row for file in files for row in file.tasks)
    checks: dict[int, list[Check]] = {file.case.pk: [] for file in files}
    for check in Check.objects.filter(case__in=list(checks)).order_by("case", "position"):
        checks[check.case_id].append(check)
    for file in files:
        file.checks = checks[file.case.pk]
    write_texts({(file.case.pk, Compartment.NONE.value): file.words() for file in files})
    trail.record_all((happening for file in files for told in file.told for happening in told()), by=SYSTEM)
    Check.objects.bulk_update(
        [check for file in files for check in file.checks if check.ticked_at], ["ticked_at", "ticked_by"]
    )


def _write_bookings_and_pets(files: Sequence["_File"]) -> None:
    """Every booking and animal is a new one; the trail tells of them as people's own operations would have."""
    for file in files:
        if told := file.story.report.pet:
            owner = next((party.person for party in file.parties if party.role == PartyRole.OWNER), None)
            file.pet = Pet(owner=owner, created_at=file.case.created_at, **told_of_pet(told))
        if file.story.report.booking:
            file.book()
    Pet.objects.bulk_create(file.pet for file in files if file.pet)
    Booking.objects.bulk_create(file.booking for file in files if file.booking)
    Booking.pets.through.objects.bulk_create(
        Booking.pets.through(booking_id=file.booking.pk, pet_id=file.pet.pk)
        for file in files
        if file.booking and file.pet
    )
    trail.record_all((happening for file in files for happening in file.known()), by=SYSTEM)


class _File:
    """One case as it grows from its report to its end, in memory."""

    def __init__(self, story: Story, staff: Mapping[str, User], key: ApiKey) -> None:
        self.story, self._staff, self._key = story, staff, key
        self._opener: Acting = staff[story.opened_by] if story.opened_by else key
        self.clock_events: list[ClockEvent] = []
        self.contacts: list[Contact] = []
        self.notes: list[Note] = []
        self.mentions: list[tuple[Note, User]] = []
        self.tasks: list[Task] = []
        self.checks: list[Check] = []
        self.told: list[Told] = []
        self.booking: Booking | None = None
        self.pet: Pet | None = None

    def open(self, category: CategoryVersion, team: Team, people: Mapping[str, Person]) -> None:
        report, at = self.story.report, self.story.received_at
        self._people = [people[told.email] if told else None for told in (report.reporter, report.respondent)]
        self.case = new_case(
            self.story.reported(self._key), category, suggest(category, {fact: getattr(report, fact) for fact in FACTS}),
            team, by=self._opener, now=at,
        )  # fmt: skip
        place_new(self.case, report, (), None)
        self.parties = parties_of(self.case, report, *self._people, now=at)
        self.clocks = first_clocks(self.case, now=at, answered=bool(self.story.opened_by))
        for clock in self.clocks:
            self._clock_event(clock, ClockEventKind.START, at, target_seconds=clock.target_seconds)
            if clock.met_at is not None:
                self._clock_event(clock, ClockEventKind.MET, at)
        due = {clock.metric: clock.due_at for clock in self.clocks}  # as it was then: waiting moves it later
        self._tell_all(lambda: self._opening(due), by=self._opener, at=at)
        if self.story.opened_by:
            channel = CONTACT_CHANNELS.get(Channel(report.channel), ContactChannel.PHONE)
            self._contact(Direction.OUT, channel, "reporter", self._opener, at)

    def play(self, step: Step) -> None:
        by = self._staff[step.by] if step.by else None
        self.case.updated_at = step.at
        getattr(self, f"_{step.deed}")(step, by)

    def write_down_what_happened(self, category: CategoryVersion) -> None:
        self.incident = incident_of(self.case, self.story.report, category, self.booking)

    def book(self) -> None:
        told = self.story.report.booking
        assert told is not None
        people = {party.role: party.person for party in self.parties}
        self.booking = Booking(
            integration=None if self.story.opened_by else self._key.integration, external_id=told.external_id,
            created_at=self.story.received_at, service=told.service, client=people.get(PartyRole.OWNER),
            provider=next((people[role] for role in PROVIDERS if role in people), None), starts_at=told.starts_at,
            ends_at=told.ends_at,
        )  # fmt: skip

    def known(self) -> Iterator[Happening]:
        at = self.story.received_at
        if self.pet is not None:
            yield Happening(PET_ADDED, self.pet, {"species": self.pet.species}, self._opener, at)
        if self.booking is not None:
            yield Happening(BOOKING_ADDED, self.booking, {}, self._opener, at)

    def _opening(self, due: Mapping[str, datetime | None]) -> Iterator[Happening]:
        yield opened(self.case, self.story.report)
        for started in starts_of(self.case, self.clocks):
            yield started._replace(facts={**started.facts, "due_at": due[started.facts["metric"]]})

    def words(self) -> str:
        words = words_of(self.case, self.story.report, self.parties, self.booking, self.pet)
        return " ".join([*words, *(note.body for note in self.notes), *(contact.body for contact in self.contacts)])

    # What follows mirrors the operations of the same names, for a case on which nothing is late.

    def _take(self, step: Step, by: User) -> None:
        self.case.assignee = by
        self._move("take", step, by)

    def _assign(self, step: Step, by: User) -> None:
        self.case.assignee = self._staff[step.facts["to"]]
        self._move("assign", step, by, to=self.case.assignee.pk)

    def _say(self, step: Step, by: User) -> None:
        facts = step.facts
        self._contact(Direction.OUT, facts["channel"], facts["to"], by, step.at, facts["body"], facts.get("seconds"))
        if (clock := self._running(Metric.FIRST_RESPONSE)) is not None:
            self._meet(clock, step.at, by)

    def _hear(self, step: Step, _by: None) -> None:
        self._contact(Direction.IN, step.facts["channel"], "reporter", SYSTEM, step.at, step.facts["body"])

    def _note(self, step: Step, by: User) -> None:
        body = step.facts["body"]
        note = Note(case=self.case, body=body, by=by, created_at=step.at)
        called = [person for person in self._staff.values() if f"@{person.name}" in body]
        self.notes.append(note)
        self.mentions += [(note, person) for person in called]
        mentions = [person.pk for person in called]
        self._tell(events.NOTE_ADDED, by, step.at, lambda: {"note": note.pk, "mentions": mentions, "body": body})

    def _task(self, step: Step, by: User) -> None:
        title, due_at = step.facts["title"], step.facts["due_at"]
        task = Task(case=self.case, title=title, assignee=by, due_at=due_at, created_at=step.at, created_by=by)
        self.tasks.append(task)
        facts = {"to": by.pk, "due_at": due_at, "title": title}
        self._tell(events.TASK_ADDED, by, step.at, lambda: {"task": task.pk, **facts})

    def _finish(self, step: Step, by: User) -> None:
        task = self.tasks[-1]
        task.done_at, task.done_by = step.at, by
        self._tell(events.TASK_DONE, by, step.at, lambda: {"task": task.pk, "title": task.title})

    def _tick(self, step: Step, by: User) -> None:
        def ticked() -> Iterator[Happening]:
            for check in [check for check in self.checks if check.ticked_at is None][: step.facts["steps"]]:
                check.ticked_at, check.ticked_by = step.at, by
                facts = {"check": check.pk, "item": check.text()[:200]}
                yield Happening(events.CHECK_TICKED, self.case, facts, by, step.at)

        self.told.append(ticked)

    def _wait(self, step: Step, by: User) -> None:
        on = step.facts["on"]
        for clock in self.clocks:
            if clock.state == ClockState.RUNNING and on in clock.pause_on:
                clock.pauses = [*clock.pauses, [step.at.isoformat(), None, on]]
                clock.state, clock.seq, clock.due_at = ClockState.PAUSED, clock.seq + 1, None
                set_next_fire(clock, None)
                self._clock_event(clock, ClockEventKind.PAUSE, step.at, seq=clock.seq, reason=on)
                self._tell_clock(events.CLOCK_PAUSED, clock, by, step.at, on=on)
        self._move("wait", step, by, on=on, until=step.facts["until"])

    def _resume(self, step: Step, by: User) -> None:
        for clock in self.clocks:
            if clock.state == ClockState.PAUSED:
                start, _end, on = clock.pauses[-1]
                clock.pauses = [*clock.pauses[:-1], [start, step.at.isoformat(), on]]
                clock.state, clock.seq = ClockState.RUNNING, clock.seq + 1
                plan(clock, fired=(), now=step.at)
                self._clock_event(clock, ClockEventKind.RESUME, step.at, seq=clock.seq)
                self._tell_clock(events.CLOCK_RESUMED, clock, by, step.at, due_at=clock.due_at)
        self._move("resume", step, by)

    def _resolve(self, step: Step, by: User) -> None:
        if (resolution := self._running(Metric.RESOLUTION)) is not None:
            self._meet(resolution, step.at, by)
        if (unanswered := self._running(Metric.FIRST_RESPONSE)) is not None:
            unanswered.state, unanswered.cancelled_at = ClockState.CANCELLED, step.at
            set_next_fire(unanswered, None)
            self._clock_event(unanswered, ClockEventKind.CANCEL, step.at, reason="resolved")
            self._tell_clock(events.CLOCK_CANCELLED, unanswered, by, step.at, reason="resolved")
        self.case.outcome, self.case.resolved_at = step.facts["outcome"], step.at
        self._move("resolve", step, by, outcome=self.case.outcome)

    def _close(self, step: Step, _by: None) -> None:
        self.case.closed_at = step.at
        self._move("close", step, SYSTEM)

    def _move(self, name: str, step: Step, by: Acting, **facts: object) -> None:
        move, old = CASE_WORKFLOW[name], self.case.state
        new = self.case.state = move.target or old
        self._tell(move.event, by, step.at, lambda: {"old": old, "new": new, **facts})

    def _contact(
        self,
        direction: str,
        channel: str,
        to: str,
        by: Acting,
        at: datetime,
        body: str = "",
        seconds: int | None = None,
    ) -> None:
        party = next((party for party in self.parties if to in Capacity.values and party.capacity == to), None)
        contact = Contact(
            case=self.case, direction=direction, channel=channel, party=party, by=staff_or_none(by), occurred_at=at,
            seconds=seconds, body=body, created_at=at,
        )  # fmt: skip
        self.contacts.append(contact)
        role, person = (party.role, party.person_id) if party else (None, None)
        self.case.last_contact_at, self.case.last_contact_in = at, direction == Direction.IN
        self.case.last_contact_role = role or ""
        facts = {
            "direction": direction, "channel": channel, "role": role, "person": person, "occurred_at": at,
            "seconds": seconds, "body": body,
        }  # fmt: skip
        event = events.CALL_RECORDED if channel == ContactChannel.PHONE else events.CONTACT_RECORDED
        self._tell(event, by, at, lambda: {"contact": contact.pk, **facts})

    def _running(self, metric: Metric) -> Clock | None:
        return next((each for each in self.clocks if each.metric == metric and each.state == ClockState.RUNNING), None)

    def _meet(self, clock: Clock, at: datetime, by: Acting) -> None:
        clock.state, clock.met_at = ClockState.MET, at
        clock.due_at = facts_of(clock).due_at
        set_next_fire(clock, None)
        self._clock_event(clock, ClockEventKind.MET, at)
        self._tell_clock(events.CLOCK_MET, clock, by, at, due_at=clock.due_at, met_at=at, late=False)

    def _clock_event(self, clock: Clock, kind: ClockEventKind, at: datetime, **facts: Any) -> None:
        self.clock_events.append(ClockEvent(clock=clock, kind=kind, at=at, detected_at=at, **facts))

    def _tell_clock(self, event: Event, clock: Clock, by: Acting, at: datetime, **facts: object) -> None:
        self._tell(event, by, at, lambda: {"clock": clock.pk, "metric": clock.metric, "cycle": clock.cycle, **facts})

    def _tell(self, event: Event, by: Acting, at: datetime, facts: Callable[[], Mapping[str, Any]]) -> None:
        self.told.append(lambda: [Happening(event, self.case, facts(), by, at)])

    def _tell_all(self, happenings: Callable[[], Iterable[Happening]], *, by: Acting, at: datetime) -> None:
        self.told.append(lambda: [happening._replace(by=by, at=at) for happening in happenings()])
