"""What the peek beside the queue tells of a case: enough to decide whether to open it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.chips import Chip, chips_from
from cases.listing import ListedCase
from cases.models import Capacity, Direction, PartyRole
from cases.models.case import Channel
from cases.models.contacts import ContactChannel
from cases.operations.placing import placement_from, standings_statement
from cases.urgency import Placement
from cases.words import amid
from cases.workflow import CASE_WORKFLOW
from foundation.accounts.models import User
from foundation.accounts.permissions import Level
from foundation.workflow.moves import Offer

_BESIDE = """
SELECT jsonb_build_object(
    'last', (SELECT to_jsonb(l) FROM (
                SELECT w.occurred_at, w.body, w.direction, w.channel, n.name, p.role, u.name AS by
                FROM cases_contact w LEFT JOIN cases_party p ON p.id = w.party_id
                    LEFT JOIN people_person n ON n.id = p.person_id LEFT JOIN accounts_user u ON u.id = w.by_id
                WHERE w.case_id = c.id ORDER BY w.occurred_at DESC, w.id DESC LIMIT 1) l),
    'checks', (SELECT jsonb_agg(jsonb_build_array(k.texts, k.ticked_at IS NOT NULL)) FROM (
                SELECT k.texts, k.ticked_at FROM cases_check k WHERE k.case_id = c.id
                ORDER BY k.position, k.id LIMIT %s) k),
    'standing', (SELECT to_jsonb(s) FROM ({standings}) s WHERE s.pk = c.id),
    'description', c.description)
FROM cases_case c WHERE c.id = %s
"""
CHECKS = 50
PARTIES = 6


@dataclass(frozen=True, slots=True)
class LastWord:
    """What was said last: when, by whom and how. Before any contact the report is the last word."""

    at: datetime
    body: str
    source: str


@dataclass(frozen=True, slots=True)
class Peek:
    """A case seen from the queue. level: its confidentiality in words, empty for a routine one."""

    case: ListedCase
    url: str
    level: str
    chips: Sequence[Chip]
    last_word: LastWord | None
    placement: Placement
    parties: Sequence[tuple[str, str, bool]]
    category: str
    next_step: str
    done: int
    total: int
    take: Offer


def peek_of(case: ListedCase, *, reader: User, now: datetime) -> Peek:
    """The peek of a case that the reader sees; one statement more."""
    language = get_language() or "en"
    beside = _read(case)
    checks: list[tuple[dict[str, str], bool]] = beside["checks"] or []
    open_checks = [texts for texts, is_ticked in checks if not is_ticked]
    refusal = CASE_WORKFLOW.refusal("take", case.state, by=reader)
    return Peek(
        case=case,
        url=reverse("cases:case", args=[case.reference]),
        level=str(Level(case.confidentiality).label) if case.confidentiality > Level.C1 else "",
        chips=chips_from(case.clocks, waiting_on=case.waiting_on, now=now),
        last_word=_last_word(case, beside),
        placement=placement_from(case, beside["standing"]),
        parties=[
            (str(PartyRole(party.role).label), party.name, party.capacity == Capacity.REPORTER)
            for party in case.parties[:PARTIES]
        ],
        category=case.category(language),
        next_step=_in(language, open_checks[0]) if open_checks else "",
        done=len(checks) - len(open_checks),
        total=len(checks),
        take=Offer(CASE_WORKFLOW["take"], str(refusal) if refusal else None),
    )


def _read(case: ListedCase) -> dict[str, Any]:
    standings, parameters = standings_statement()
    with connection.cursor() as cursor:
        cursor.execute(_BESIDE.replace("{standings}", standings), [CHECKS, *parameters, case.pk])
        beside: dict[str, Any] = json.loads(cursor.fetchone()[0])
    return beside


def _last_word(case: ListedCase, beside: dict[str, Any]) -> LastWord | None:
    word = beside["last"]
    if word is not None:
        channel = amid(ContactChannel(word["channel"]).label)
        return LastWord(datetime.fromisoformat(word["occurred_at"]), word["body"], f"{_speaker(word)}, {channel}")
    if beside["description"]:
        return LastWord(
            case.received_at, beside["description"], f"{_('the report')}, {amid(Channel(case.channel).label)}"
        )
    return None


def _speaker(word: dict[str, Any]) -> str:
    if word["direction"] != Direction.IN:
        return word["by"] or _("The desk")
    if word["name"] is None:
        return _("Somebody outside")
    return f"{word['name']}, {amid(PartyRole(word['role']).label)}"


def _in(language: str, texts: dict[str, str]) -> str:
    return texts.get(language.split("-")[0].lower()) or texts["en"]
