"""Stories of the demo told both ways, and what each way left, without the ids that differ."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from cases.models import Case
from foundation.accounts.operations import create_api_key
from foundation.audit.models import Entry
from foundation.audit.payloads import read
from tsdesk.demo.archiving import archive
from tsdesk.demo.loading import everybody, severities
from tsdesk.demo.playing import Player
from tsdesk.demo.staffing import hire
from tsdesk.demo.stories import Story, make_up

NOW = datetime(2026, 11, 20, 13, 56, tzinfo=UTC)

IDS = ("contact", "note", "task", "check", "clock", "person", "mentions", "team", "to", "previous")


def whole_stories(*, at_once: bool) -> dict[int, Any]:
    """Everything that stories which are over leave behind, one of every shape, by story; taken back afterwards."""
    with transaction.atomic():
        staff = hire(now=NOW.replace(year=2025))
        key, _secret = create_api_key(integration_name="Marketplace", by=staff["admin"], now=NOW)
        told = one_of_every_shape([story for story in make_up(7, NOW, severities()) if story.is_whole])
        people = everybody(told, key, now=NOW.replace(year=2025))
        player = Player(told, staff, key, people, {})
        cases = archive(told, staff, key, people) if at_once else _played(told, player)
        left = {number: _rows(Case.objects.get(pk=case.pk)) for number, case in cases.items()}
        transaction.set_rollback(True)
    return left


def one_of_every_shape(stories: Sequence[Story]) -> list[Story]:
    """As few of these as show each course, deed, channel and kind of report that any of them shows."""
    met: set[object] = set()
    chosen = []
    for story in stories:
        if not _shape(story) <= met:
            met |= _shape(story)
            chosen.append(story)
    return chosen


def _shape(story: Story) -> set[object]:
    report = story.report
    told = {
        name for name in ("respondent", "pet", "booking", "place", "loss_minor", "authorities") if getattr(report, name)
    }
    deeds = {(step.deed, step.facts.get("to"), step.facts.get("channel"), step.facts.get("on")) for step in story.steps}
    return {
        story.course,
        ("spoken", bool(story.opened_by)),
        *told,
        *deeds,
        ("outcome", *[step.facts["outcome"] for step in story.steps if step.deed == "resolve"]),
        ("language", report.language, report.market),
    }


def _played(told: Sequence[Story], player: Player) -> dict[int, Case]:
    cases = {}
    for story in sorted(told, key=lambda story: story.received_at):
        cases[story.number] = player.open(story.number)
        for step in story.steps:
            player.play(story.number, step)
    return cases


def _rows(case: Case) -> dict[str, Any]:
    case_fields = {
        field.name: getattr(case, field.name)
        for field in case._meta.concrete_fields
        # Ids, and what is made of ids; and a place in the queue, which means nothing once a case is over.
        if field.name
        not in (
            "id",
            "reference",
            "urgent_at",
            "band",
            "team",
            "assignee",
            "opened_by",
            "integration",
            "content_sha256",
        )
    }
    words = set(re.findall(r"'([^']+)'", str(case.search_texts.get(compartment="").words)))
    return {
        **case_fields,
        "owner": case.assignee and case.assignee.email,
        "team": case.team.slug,
        "words": sorted(words - set(case.reference.lower().split("-"))),
        "incident": (case.incident.occurred_at, case.incident.place, case.incident.loss_minor, str(case.incident.booking)),
        "pets": list(case.incident.case_pets.values_list("pet__name", "harm")),
        "parties": list(case.parties.order_by("capacity").values_list("person__name", "role", "capacity", "added_at")),
        "clocks": list(
            case.clocks.order_by("metric").values_list(
                "metric", "state", "started_at", "due_at", "met_at", "cancelled_at", "breached_at", "pauses", "seq",
                "next_fire_at",
            )
        ),
        "clock events": list(
            case.clocks.order_by("metric", "events__at", "events__kind").values_list(
                "metric", "events__kind", "events__at", "events__detected_at", "events__seq", "events__reason",
                "events__target_seconds",
            )
        ),
        "contacts": list(
            case.contacts.order_by("occurred_at").values_list(
                "direction", "channel", "party__capacity", "by__email", "occurred_at", "seconds", "body", "created_at"
            )
        ),
        "notes": list(case.notes.order_by("created_at").values_list("body", "by__email", "mentions__email", "created_at")),
        "tasks": list(case.tasks.values_list("title", "assignee__email", "due_at", "done_at", "done_by__email")),
        "checks": list(case.checks.values_list("position", "ticked_at", "ticked_by__email")),
        "trail": [_told(entry) for entry in Entry.objects.filter(subject_kind="case", subject_id=case.pk).order_by("pk")],
    }  # fmt: skip


def _told(entry: Entry) -> tuple[Any, ...]:
    texts = read({kept["payload"] for kept in entry.texts.values()})
    words = {name: texts[kept["payload"]] for name, kept in entry.texts.items()}
    facts = {name: value for name, value in entry.data.items() if name not in IDS}
    return entry.event, entry.actor_kind, facts, words
