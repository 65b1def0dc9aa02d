"""The demo as it stands when the desk starts: alive, told to nobody, and nothing forgotten."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from cases.models import Case, Category, Clock, Contact, Evidence
from cases.workflow import CaseState
from foundation.accounts.models import Team, User
from foundation.audit.models import Entry
from foundation.escalation import oncall
from foundation.escalation.models import Escalation, Schedule, Shift, Swap
from foundation.escalation.targets import who_is_on_shift
from foundation.notifications.models import OutboxMessage
from foundation.sla.models import ClockState
from tests.house.demo_desk import NOW
from tsdesk.demo.loading import load

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """The demo, loaded once for this file and taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load(now=NOW)
        transaction.set_rollback(True)


def test_every_category_language_and_state_is_there(loaded: int) -> None:
    assert 290 <= loaded <= 310
    filed = set(Case.objects.values_list("incident__category__category__slug", flat=True))
    assert filed == set(Category.objects.exclude(parent=None).values_list("slug", flat=True))
    languages = Counter(language[:2] for language in Case.objects.values_list("language", flat=True))
    assert languages["en"] > languages["es"] > 40
    assert languages["pt"] > 40
    assert set(Case.objects.values_list("market", flat=True)) == {"US", "BR"}
    assert set(Case.objects.values_list("state", flat=True)) == set(CaseState.values)


def test_the_first_screen_is_alive(loaded: int) -> None:
    open_cases = Case.objects.open()
    assert 70 <= open_cases.count() <= 95
    assert open_cases.filter(assignee__email="agent@example.com").count() >= 5
    assert open_cases.filter(assignee=None, team__slug="us").count() >= 10
    assert set(open_cases.filter(state="waiting").values_list("waiting_on", flat=True)) >= {
        "vet",
        "respondent",
        "reporter",
    }
    running = Clock.objects.filter(case__in=open_cases, state=ClockState.RUNNING)
    assert running.filter(breached_at__isnull=False).count() >= 4
    assert running.filter(breached_at=None, due_at__lte=NOW + timedelta(minutes=30)).count() >= 4
    assert Clock.objects.filter(case__in=open_cases, state=ClockState.PAUSED).count() >= 10
    assert Evidence.objects.filter(case__in=open_cases).count() >= 20


def test_evidence_is_pictures_papers_and_voices(loaded: int) -> None:
    kinds = set(Evidence.objects.values_list("content_type", flat=True))
    assert kinds == {"image/jpeg", "application/pdf", "audio/wav"}


def test_nobody_is_told_of_history(loaded: int) -> None:
    assert OutboxMessage.objects.count() == 0
    assert not Entry.objects.exclude(event="demo.loaded").exclude(data__has_key="told_at").exists()


def test_nothing_is_late_when_the_desk_starts(loaded: int) -> None:
    """What is due has happened: the sweeps find work from the next seconds on, and none that somebody forgot."""
    long_due = NOW - timedelta(seconds=5)
    assert not Clock.objects.filter(next_fire_at__lt=long_due).exists()
    assert not Escalation.objects.running().filter(next_step_at__lt=long_due).exists()
    assert not Case.objects.filter(state="waiting", waiting_until__lt=long_due).exists()
    assert Clock.objects.filter(next_fire_at__lt=NOW + timedelta(minutes=4), next_fire_kind="breach").exists()
    assert Escalation.objects.running().filter(next_step_at__lt=NOW + timedelta(minutes=2)).exists()


def test_the_lead_has_calls_to_answer_and_calls_she_is_on(loaded: int) -> None:
    lead = User.objects.get(email="lead@example.com")
    assert set(Escalation.objects.running().values_list("state", flat=True)) == {"triggered", "acknowledged"}
    assert Escalation.objects.running().filter(acknowledged_by=lead).exists()


def test_the_team_of_the_united_states_is_on_shift_and_led(loaded: int) -> None:
    team = Team.objects.get(slug="us")
    assert team.lead is not None
    assert team.lead.email == "lead@example.com"
    on_shift = {person.email for person in who_is_on_shift(team, NOW)}
    assert on_shift >= {"agent@example.com", "senior@example.com", "claims@example.com", "lead@example.com"}


def test_both_teams_are_on_call_by_rotations_with_one_gap_a_week(loaded: int) -> None:
    us, br = (Schedule.objects.get(team__slug=slug, rotations__name="Nights") for slug in ("us", "br"))
    assert len(oncall.on_shift(us, NOW)) == 1
    assert oncall.gaps(us, NOW, NOW + timedelta(days=14)) == []
    gaps = oncall.gaps(br, NOW, NOW + timedelta(days=14))
    assert {ends - starts for starts, ends in gaps} == {timedelta(hours=12)}
    assert len(gaps) == 2
    assert Shift.objects.get(is_override=True).person.email == "lead@example.com"
    assert Swap.objects.get().asked_of.email == "agent@example.com"


def test_legal_has_cases_to_read_of_which_one_is_hers_alone(loaded: int) -> None:
    legal, lead = (User.objects.get(email=f"{key}@example.com") for key in ("legal", "lead"))
    read = Case.objects.open().visible_to(legal)
    assert read.count() >= 4
    assert read.filter(legal_hold=True).exists()
    assert read.filter(flagged_for_legal=True, legal_hold=False).exists()
    hers_alone = read.exclude(flagged_for_legal=True).exclude(pk__in=Case.objects.visible_to(lead))
    assert list(hers_alone.values_list("confidentiality", flat=True)) == [4]
    assert read.filter(notes__by=legal).count() == read.count()


def test_people_come_back_and_cases_are_linked_and_closed_as_duplicates(loaded: int) -> None:
    respondents = Counter(Case.objects.filter(parties__capacity="respondent").values_list("parties__person", flat=True))
    assert max(respondents.values()) >= 4
    assert Case.objects.filter(duplicate_of__isnull=False).exists()
    assert Case.objects.filter(merged_into__isnull=False).exists()
    assert Case.objects.filter(links_out__kind="same_people").exists()


def test_no_words_are_left_unfilled(loaded: int) -> None:
    texts = [*Case.objects.values_list("title", flat=True), *Contact.objects.values_list("body", flat=True)]
    assert [text for text in texts if "{" in text or "  " in text or " ," in text] == []


def test_loading_again_changes_nothing(loaded: int) -> None:
    before = Entry.objects.count()
    assert load(now=NOW) == 0
    assert Entry.objects.count() == before
