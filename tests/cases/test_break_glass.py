"""Breaking the glass: one level further, for an hour, with an alarm."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Case, CaseGrant, Conflict
from cases.operations.access import break_glass, review_glass
from cases.operations.levels import raise_level
from cases.operations.moves import take_case
from cases.operations.timers import sweep_unreviewed_glass
from foundation.audit.models import Entry
from foundation.notifications.models import OutboxMessage
from foundation.workflow.moves import MoveRefused

WHY = "She is at the door and I need her address."


def sees(user, case):
    return Case.objects.visible_to(user).filter(pk=case.pk).exists()


@pytest.fixture
def now():
    """The present: sight by grant is judged by the database's own clock."""
    return timezone.now()


@pytest.fixture
def closed_book(make_case, lead, now):
    """A C3 case of the team's queue, one level above a senior."""
    return make_case(category="assault", by=lead, at=now, received_at=now)


def test_a_senior_reads_one_level_further_for_an_hour(closed_book, senior, now):
    assert not sees(senior, closed_book)
    grant = break_glass(closed_book, reason=WHY, by=senior, now=now)
    assert grant.expires_at == now + timedelta(minutes=60)
    assert sees(senior, closed_book)


def test_an_hour_later_it_is_over(closed_book, senior, now):
    break_glass(closed_book, reason=WHY, by=senior, now=now - timedelta(minutes=61))
    assert not sees(senior, closed_book)


def test_the_alarm_commits_with_it_and_is_urgent(closed_book, senior, lead, manager, now, told):
    break_glass(closed_book, reason=WHY, by=senior, now=now)
    assert told(lead)[-1] == told(manager)[-1] == "glass_broken"
    assert set(OutboxMessage.objects.filter(notice="glass_broken").values_list("urgent", flat=True)) == {True}
    assert "reason" in Entry.objects.get(event="access.glass_broken").texts


def test_breaking_it_again_meanwhile_alarms_once(closed_book, senior, lead, now, told):
    first = break_glass(closed_book, reason=WHY, by=senior, now=now)
    assert break_glass(closed_book, reason=WHY, by=senior, now=now + timedelta(minutes=5)) == first
    assert told(lead).count("glass_broken") == 1


def test_it_decides_nothing(closed_book, senior, now):
    break_glass(closed_book, reason=WHY, by=senior, now=now)
    with pytest.raises(MoveRefused, match="You read this case for a while"):
        take_case(closed_book, by=senior, now=now)


def test_two_levels_further_it_does_not_reach(closed_book, senior, now):
    Case.objects.filter(pk=closed_book.pk).update(confidentiality=4)
    closed_book.refresh_from_db()
    with pytest.raises(MoveRefused, match="not opened that way"):
        break_glass(closed_book, reason=WHY, by=senior, now=now)


def test_nor_into_the_queue_of_another_team(make_case, senior, lead, other_team, now):
    case = make_case(market="ES", category="bite", by=lead, at=now, received_at=now)
    with pytest.raises(MoveRefused, match="not opened that way"):
        break_glass(case, reason=WHY, by=senior, now=now)


@pytest.mark.parametrize("who", ["agent", "claims", "quality", "finance", "legal", "admin"])
def test_other_roles_break_no_glass(closed_book, now, request, who):
    with pytest.raises(MoveRefused, match="not opened that way"):
        break_glass(closed_book, reason=WHY, by=request.getfixturevalue(who), now=now)


def test_an_interest_stays_shut(closed_book, senior, now):
    Conflict.objects.create(case=closed_book, user=senior, reason="Her street.", declared_at=now)
    with pytest.raises(MoveRefused, match="not opened that way"):
        break_glass(closed_book, reason=WHY, by=senior, now=now)


@pytest.mark.parametrize("reason", ["", "   ", "because"])
def test_a_reason_is_a_sentence(closed_book, senior, now, reason):
    with pytest.raises(MoveRefused, match="in a sentence"):
        break_glass(closed_book, reason=reason, by=senior, now=now)


def test_somebody_else_reviews_it_once(closed_book, senior, lead, manager, now, happened):
    grant = break_glass(closed_book, reason=WHY, by=senior, now=now)
    reviewed = review_glass(grant, by=lead, now=now)
    assert (reviewed.reviewed_by, reviewed.reviewed_at) == (lead, now)
    with pytest.raises(MoveRefused, match="reviewed already"):
        review_glass(grant, by=manager, now=now)
    assert happened(closed_book)[-1] == "access.glass_reviewed"


def test_nobody_reviews_her_own(closed_book, lead, now):
    Case.objects.filter(pk=closed_book.pk).update(confidentiality=4)
    closed_book.refresh_from_db()
    grant = break_glass(closed_book, reason=WHY, by=lead, now=now)
    with pytest.raises(MoveRefused, match="Somebody else reviews it"):
        review_glass(grant, by=lead, now=now)
    assert CaseGrant.objects.get(pk=grant.pk).reviewed_at is None


def test_the_glass_of_a_c4_case_alarms_legal_who_alone_sees_it(make_case, lead, manager, legal, now, told):
    case = make_case(by=manager, at=now, received_at=now)
    raise_level(case, level=4, reason="Privileged.", by=manager, now=now)
    break_glass(case, reason=WHY, by=lead, now=now)
    assert told(legal)[-1] == "glass_broken"


def test_a_glass_that_nobody_reviewed_in_72_hours_is_told_once_to_those_who_may(closed_book, senior, lead, now, told):
    grant = break_glass(closed_book, reason=WHY, by=senior, now=now)
    assert sweep_unreviewed_glass(now + timedelta(hours=71)) == 0
    for hours in (73, 74):
        assert sweep_unreviewed_glass(now + timedelta(hours=hours)) == 1
    assert told(lead).count("glass_unreviewed") == 1
    assert "glass_unreviewed" not in told(senior)
    review_glass(grant, by=lead, now=now + timedelta(hours=75))
    assert sweep_unreviewed_glass(now + timedelta(hours=76)) == 0


def test_it_is_reviewed_from_the_page_of_who_sees_the_case(closed_book, senior, lead, client, settings, now):
    settings.DEMO = True
    grant = break_glass(closed_book, reason=WHY, by=senior, now=now)
    path = f"/cases/{closed_book.reference}/access/"
    client.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert WHY in client.get(path).content.decode()
    client.post(f"{path}{grant.pk}/review/")
    grant.refresh_from_db()
    assert grant.reviewed_by == lead
    client.force_login(senior, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(f"{path}{grant.pk}/review/").status_code == 403


def test_who_can_see_a_case_is_no_agents_to_ask(case, agent, legal, client, settings):
    settings.DEMO = True
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert {client.get(f"/cases/{each}/access/").status_code for each in (case.reference, "TS-99999999")} == {403}
    Case.objects.filter(pk=case.pk).update(flagged_for_legal=True)
    client.force_login(legal, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/cases/{case.reference}/access/").content.decode()
    assert "Share by name" not in page
