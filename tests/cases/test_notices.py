"""What members of staff are told about cases, in words."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from cases.models import Case, Conflict
from cases.operations.access import break_glass, share_case
from cases.operations.firing import sweep_clocks
from cases.operations.moves import (
    accept_hand_over,
    assign_case,
    decline_hand_over,
    escalate_case,
    hand_over_case,
    reopen_case,
    resolve_case,
    take_case,
)
from cases.operations.timers import sweep_due_tasks
from cases.operations.work import add_note, add_task
from foundation.notifications.models import OutboxMessage
from foundation.notifications.rendering import actor_names, compose, readable, words


@pytest.fixture
def now():
    """The present: sight by grant is judged by the database's own clock."""
    return timezone.now()


@pytest.fixture
def letter():
    """Title and body of the newest mail to somebody about ``notice``."""

    def read(user, notice):
        message = OutboxMessage.objects.filter(recipient=user, notice=notice).latest("id")
        found = compose(readable([message], user), user)
        return found.title, found.body

    return read


def test_an_assigned_case(case, agent, colleague, now, letter):
    assign_case(case, to=colleague, by=agent, now=now)
    title, body = letter(colleague, "case_assigned")
    assert title == f"{case.reference} is yours"
    assert body.startswith(f"Maya Osei assigned {case.reference} to you.\n")
    assert body.rstrip().endswith(f"/cases/{case.reference}/")


def test_an_offer_and_its_answers(case, agent, colleague, now, letter):
    take_case(case, by=agent, now=now)
    hand_over_case(case, to=colleague, by=agent, now=now)
    assert "Until you accept it stays with Maya Osei." in letter(colleague, "hand_over_offered")[1]
    decline_hand_over(case, by=colleague, now=now)
    assert "Tom Becker declined" in letter(agent, "hand_over_declined")[1]
    hand_over_case(case, to=colleague, by=agent, now=now)
    accept_hand_over(case, by=colleague, now=now)
    assert letter(agent, "hand_over_accepted")[1].startswith(f"Tom Becker accepted {case.reference} from you.")


def test_a_mention_says_where_and_not_what(case, agent, colleague, now, letter):
    add_note(case, body="@Tom Becker the sapphire one.", by=agent, now=now)
    title, body = letter(colleague, "mentioned")
    assert title == f"{case.reference}: a note mentions you"
    assert "sapphire" not in body


def test_a_task_given_and_due(case, agent, colleague, now, letter):
    add_task(case, title="Call the vet & the owner", assignee=colleague, due_at=now, by=agent, now=now)
    assert "gave you a task on" in letter(colleague, "task_given")[1]
    sweep_due_tasks(now)
    assert "is due: Call the vet & the owner" in letter(colleague, "task_due")[1]


def test_a_case_of_hers_reopened_or_escalated_by_another(case, agent, colleague, lead, now, letter):
    take_case(case, by=agent, now=now)
    escalate_case(case, reason="Help.", by=colleague, now=now)
    assert "Tom Becker escalated" in letter(agent, "case_escalated")[1]
    resolve_case(case, outcome="no_contact_possible", by=agent, now=now)
    reopen_case(case, reason="She called.", by=colleague, now=now)
    assert "Tom Becker reopened" in letter(agent, "case_reopened")[1]


def test_a_shared_case_and_a_broken_glass(make_case, senior, lead, stranger, now, letter):
    shared = make_case(at=now, received_at=now)
    share_case(shared, to=stranger, reason="Market.", by=senior, now=now)
    assert "Priya Nair let you see" in letter(stranger, "case_shared")[1]
    shut = make_case(category="assault", by=lead, at=now, received_at=now)
    break_glass(shut, reason="She is at the door, I need her.", by=senior, now=now)
    title, body = letter(lead, "glass_broken")
    assert title == f"{shut.reference}: the glass was broken"
    assert "reviews why within 72 hours" in body


def test_who_no_longer_sees_the_case_gets_no_letter(case, agent, colleague, now):
    assign_case(case, to=colleague, by=agent, now=now)
    Conflict.objects.create(case=case, user=colleague, reason="His brother.", declared_at=now)
    message = OutboxMessage.objects.filter(recipient=colleague, channel="mail").get()
    assert readable([message], colleague) == []


def test_a_missed_target_tells_the_owner(case, agent, now, letter):
    take_case(case, by=agent, now=now)
    sweep_clocks(now + timedelta(days=8))
    title, body = letter(agent, "clock_breached")
    assert "was missed" in title
    assert "asks you for the reason" in body


def test_in_the_inbox_a_task_cannot_smuggle_markup_in(case, agent, colleague, now):
    add_task(case, title="<script>alert(1)</script>", assignee=colleague, by=agent, now=now)
    message = OutboxMessage.objects.filter(recipient=colleague, channel="in_app").get()
    facts = words(message, Case.objects.get(pk=case.pk), actor_names([message]))
    html = render_to_string("notices/task_given.inbox.html", facts)
    assert "<script>" not in html
    assert f'<a href="/cases/{case.reference}/">{case.reference}</a>' in html
