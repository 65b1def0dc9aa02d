"""Playing the stories of the demo: every deed is the operation that a page would have called, told at its own time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import translation

from cases.models import Capacity, Case, Check, Clock, Direction, Party, Task
from cases.operations.contacts import record_contact
from cases.operations.evidence import add_evidence
from cases.operations.firing import fire_clock
from cases.operations.levels import raise_level
from cases.operations.links import link_cases, merge_cases
from cases.operations.moves import (
    assign_case,
    close_case,
    escalate_case,
    hand_over_case,
    mark_duplicate,
    resolve_case,
    resume_case,
    take_case,
    wait_case,
)
from cases.operations.opening import open_incident
from cases.operations.work import add_note, add_task, finish_task, tick_check
from foundation.accounts.models import ApiKey, User
from foundation.audit.actors import SYSTEM, Subject
from foundation.audit.history import telling
from foundation.escalation.models import Escalation
from foundation.escalation.operations import acknowledge_escalation, step_escalation
from foundation.escalation.workflow import EscalationState
from people.models import Person
from tsdesk.demo.cast import CREWS
from tsdesk.demo.pictures import picture
from tsdesk.demo.stories import Step, Story

SWEPT_AFTER = timedelta(seconds=3)
"""How long after its time a desk that runs does what is due."""

WHOLE_SHIFT = 8 * 60
"""Minutes for which a lead says that she is on it: longer than most of what she is called for lasts."""


class Player:
    """Plays stories step by step. Whoever calls keeps the order of time; each step is told as its own moment."""

    def __init__(
        self,
        stories: Sequence[Story],
        staff: Mapping[str, User],
        key: ApiKey,
        people: Mapping[str, Person],
        written: Mapping[int, Case],
    ) -> None:
        """people: everybody the reports name, by address. written: the cases that are there already, by story."""
        self._stories = {story.number: story for story in stories}
        self._staff = staff
        self._key = key
        self._people = people
        self._cases = {number: case.pk for number, case in written.items()}
        self._called_for: set[int] = set()

    def open(self, number: int) -> Case:
        story = self._stories[number]
        by = self._staff[story.opened_by] if story.opened_by else self._key
        report = story.reported(self._key)
        report = replace(
            report,
            reporter_person=self._people[report.reporter.email].pk if report.reporter else None,
            respondent_person=self._people[report.respondent.email].pk if report.respondent else None,
        )
        with telling(story.received_at):
            case = open_incident(report, by=by, now=story.received_at, on_the_phone=bool(story.opened_by))
        self._cases[number] = case.pk
        return case

    def play(self, number: int, step: Step) -> None:
        self.let_pass(number, until=step.at)
        case = Case.objects.get(pk=self._cases[number])
        language = self._staff[step.by].language if step.by else "en"
        with telling(step.at), translation.override(language):
            getattr(self, f"_{step.deed}")(case, step)

    def let_pass(self, number: int, *, until: datetime) -> None:
        """What a desk that ran would have done about the case by itself until then: fired, called, been answered."""
        case = self._cases[number]
        while True:
            clock = (
                Clock.objects.filter(case=case, next_fire_at__lte=until - SWEPT_AFTER).order_by("next_fire_at").first()
            )
            call = self._next_call(number) if case in self._called_for else None
            fires = clock.next_fire_at + SWEPT_AFTER if clock is not None and clock.next_fire_at is not None else None
            if call is not None and call[0] <= until and (fires is None or call[0] < fires):
                self._answer_or_step(number, *call)
            elif clock is not None and fires is not None:
                with telling(fires):
                    fire_clock(clock.pk, now=fires)
                self._called_for.add(case)
            else:
                return

    def _next_call(self, number: int) -> tuple[datetime, Escalation] | None:
        """The call about the case on which something happens next, and when."""
        about = Subject("case", str(self._cases[number]))
        calls = [(self._happens(number, call), call) for call in Escalation.objects.about(about).running()]
        return min(calls, key=lambda each: each[0], default=None)

    def _happens(self, number: int, call: Escalation) -> datetime:
        """When the lead answers a call, or when an answer runs out. The newest calls by name are left to the desk."""
        assert call.next_step_at is not None
        if call.state == EscalationState.ACKNOWLEDGED or self._is_left_open(number):
            return call.next_step_at
        return call.next_step_at - timedelta(minutes=14 - number % 3, seconds=number % 50)

    def _is_left_open(self, number: int) -> bool:
        return any(
            step.deed == "raise_level" or (step.deed == "escalate" and not step.facts["answered"])
            for step in self._stories[number].steps
        )

    def _answer_or_step(self, number: int, at: datetime, call: Escalation) -> None:
        lead = self._staff[CREWS[self._stories[number].report.market].lead]
        with telling(at):
            if call.state == EscalationState.TRIGGERED and not self._is_left_open(number):
                acknowledge_escalation(call, by=lead, now=at, minutes=WHOLE_SHIFT)
            else:
                step_escalation(call.pk, now=at)

    # The deeds, by the name that a step gives them.

    def _take(self, case: Case, step: Step) -> None:
        take_case(case, by=self._staff[step.by], now=step.at)

    def _assign(self, case: Case, step: Step) -> None:
        assign_case(case, to=self._staff[step.facts["to"]], by=self._staff[step.by], now=step.at)

    def _say(self, case: Case, step: Step) -> None:
        record_contact(
            case,
            direction=Direction.OUT,
            channel=step.facts["channel"],
            party=_party(case, step.facts["to"]),
            occurred_at=step.at,
            body=step.facts["body"],
            seconds=step.facts.get("seconds"),
            by=self._staff[step.by],
            now=step.at,
        )

    def _hear(self, case: Case, step: Step) -> None:
        record_contact(
            case,
            direction=Direction.IN,
            channel=step.facts["channel"],
            party=_party(case, "reporter"),
            occurred_at=step.at,
            body=step.facts["body"],
            by=SYSTEM,
            now=step.at,
        )

    def _note(self, case: Case, step: Step) -> None:
        add_note(case, body=step.facts["body"], by=self._staff[step.by], now=step.at)

    def _task(self, case: Case, step: Step) -> None:
        by = self._staff[step.by]
        add_task(case, title=step.facts["title"], assignee=by, due_at=step.facts["due_at"], by=by, now=step.at)

    def _finish(self, case: Case, step: Step) -> None:
        task = Task.objects.filter(case=case, done_at=None).first()
        if task is not None:
            finish_task(task, by=self._staff[step.by], now=step.at)

    def _tick(self, case: Case, step: Step) -> None:
        for check in Check.objects.filter(case=case, ticked_at=None).order_by("position")[: step.facts["steps"]]:
            tick_check(check, by=self._staff[step.by], now=step.at)

    def _picture(self, case: Case, step: Step) -> None:
        drawn = picture(
            step.facts["scene"], seed=step.facts["seed"], amount=step.facts["amount"], language=step.facts["language"]
        )
        add_evidence(
            case,
            chunks=[drawn.content],
            name=drawn.name,
            title=drawn.title,
            description=drawn.description,
            party=_party(case, "reporter"),
            by=self._staff[step.by],
            now=step.at,
        )

    def _wait(self, case: Case, step: Step) -> None:
        wait_case(case, on=step.facts["on"], until=step.facts["until"], by=self._staff[step.by], now=step.at)

    def _resume(self, case: Case, step: Step) -> None:
        resume_case(case, by=self._staff[step.by], now=step.at)

    def _resolve(self, case: Case, step: Step) -> None:
        resolve_case(case, outcome=step.facts["outcome"], by=self._staff[step.by], now=step.at)

    def _close(self, case: Case, step: Step) -> None:
        close_case(case, by=SYSTEM, now=step.at)

    def _escalate(self, case: Case, step: Step) -> None:
        to = self._staff[step.facts["to"]]
        escalate_case(case, to=to, reason=step.facts["reason"], by=self._staff[step.by], now=step.at)
        self._called_for.add(case.pk)

    def _raise_level(self, case: Case, step: Step) -> None:
        raise_level(
            case, level=step.facts["level"], reason=step.facts["reason"], by=self._staff[step.by], now=step.at
        )  # fmt: skip
        self._called_for.add(case.pk)

    def _flag(self, case: Case, step: Step) -> None:
        # The desk keeps both and goes by them; nobody of the staff sets them yet.
        Case.objects.filter(pk=case.pk).update(flagged_for_legal=True, legal_hold=step.facts["hold"])

    def _hand_over(self, case: Case, step: Step) -> None:
        to = self._staff[step.facts["to"]]
        hand_over_case(case, to=to, note=step.facts["note"], by=self._staff[step.by], now=step.at)

    def _link(self, case: Case, step: Step) -> None:
        # Whoever noticed may only read one of the two; a manager decides both.
        link_cases(case, other=self._other(step), kind=step.facts["kind"], by=self._staff["manager"], now=step.at)

    def _duplicate(self, case: Case, step: Step) -> None:
        mark_duplicate(case, of=self._other(step), by=self._staff[step.by], now=step.at)

    def _merge(self, case: Case, step: Step) -> None:
        merge_cases(self._other(step), merged=case, by=self._staff[step.by], now=step.at)

    def _other(self, step: Step) -> Case:
        return Case.objects.get(pk=self._cases[step.facts["of"]])


def _party(case: Case, capacity: str) -> Party | None:
    return case.parties.filter(capacity=capacity).first() if capacity in Capacity.values else None
