"""What somebody of the staff might try who wants to see or hold more than the rule gives her."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from cases.access import compartments_for
from cases.models import Case, CaseLink, Conflict, Contact
from cases.notices import TaskGivenNotice, tell
from cases.operations.access import break_glass, declare_conflict, share_case, withdraw_conflict
from cases.operations.contacts import record_contact
from cases.operations.evidence import add_evidence
from cases.operations.levels import raise_level
from cases.operations.links import link_cases, merge_cases, undo_merge
from cases.operations.moves import escalate_case, hand_over_case, mark_duplicate, resolve_case, take_case
from cases.operations.views import ViewRefused, save_view
from cases.operations.work import add_task
from cases.policies import case_offers, told
from foundation.accounts.models import User
from foundation.accounts.operations import change_role, name_for_staff_subject
from foundation.accounts.permissions import Compartment, Role
from foundation.notifications.models import OutboxMessage
from foundation.notifications.rendering import compose, readable
from foundation.workflow.moves import MoveRefused
from people.models import Person
from people.reported import ReportedPerson


def sees(user: User, case: Case) -> bool:
    return Case.objects.visible_to(User.objects.get(pk=user.pk)).filter(pk=case.pk).exists()


@pytest.fixture
def now():
    """The present: sight by grant is judged by the database's own clock."""
    return timezone.now()


@pytest.fixture
def closed_book(make_case, lead, now):
    """A C3 case of the team's queue, nobody's yet: one level above a senior."""
    return make_case(category="assault", by=lead, at=now, received_at=now)


@pytest.fixture
def as_(client: Client, settings):
    """Calls as somebody who is signed in."""
    settings.DEMO = True

    def signed_in(user: User) -> Client:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.mark.parametrize("to", ["senior", "colleague"])
def test_whoever_broke_the_glass_hands_the_case_to_nobody(closed_book, senior, make_user, team, now, to):
    """Handed to herself and accepted it would be hers, with its compartments, for good."""
    colleague = make_user("Ivo Brandt", Role.SENIOR, team)
    break_glass(closed_book, reason="She is at the door right now.", by=senior, now=now)
    with pytest.raises(MoveRefused, match="for a while"):
        hand_over_case(closed_book, to=senior if to == "senior" else colleague, by=senior, now=now)
    closed_book.refresh_from_db()
    assert next(offer for offer in case_offers(closed_book, by=senior) if offer.move.name == "hand_over").refusal


def test_whoever_opened_it_here_hands_it_on_and_not_to_herself(make_case, senior, make_user, team, now):
    colleague = make_user("Ivo Brandt", Role.SENIOR, team)
    case = make_case(category="assault", by=senior, at=now, received_at=now)
    with pytest.raises(MoveRefused):
        hand_over_case(case, to=senior, by=senior, now=now)
    assert hand_over_case(case, to=colleague, by=senior, now=now).hand_overs.get().to_user == colleague


def test_a_link_to_a_hidden_case_cannot_be_removed_by_its_number(make_case, agent, manager, as_, now):
    here, hidden = make_case(), make_case(market="ES", by=manager)
    raise_level(hidden, level=3, reason="A child.", by=manager, now=now)
    link = link_cases(here, other=hidden, kind="related", by=manager, now=now)
    answer = as_(agent).post(f"/cases/{here.reference}/links/{link.pk}/remove/")
    assert answer.status_code == 404
    assert CaseLink.objects.filter(pk=link.pk).exists()


def test_word_about_a_duplicate_does_not_name_the_hidden_case_it_goes_to(make_case, agent, manager, as_, now):
    case, hidden = make_case(), make_case(by=manager)
    mark_duplicate(case, of=hidden, by=agent, now=now)
    raise_level(hidden, level=3, reason="A child.", by=manager, now=now)
    told = {"direction": "in", "channel": "phone", "body": "She called again."}
    answer = as_(agent).post(f"/cases/{case.reference}/contacts/", told)
    assert Contact.objects.get().case == hidden
    assert answer["Location"] == case.get_absolute_url()
    answer = as_(agent).post(f"/api/v1/cases/{case.reference}/contacts/", told, content_type="application/json")
    assert answer.json()["case"] == case.reference


def test_the_timeline_names_whoever_has_the_interest_and_no_party_of_her_number(case, agent, colleague, lead, as_, now):
    Person.objects.create(pk=colleague.pk, name="Zelda Quist", created_at=now, updated_at=now)
    declare_conflict(case, person=colleague, reason="His brother.", by=lead, now=now)
    said = as_(agent).get(case.get_absolute_url()).content.decode()
    assert "noted that Tom Becker has an interest" in said
    assert "Zelda Quist" not in said


@pytest.mark.parametrize("where", ["kept", "merged"])
def test_an_interest_in_either_of_two_merged_cases_is_one_in_both(make_case, agent, colleague, lead, now, where):
    kept, merged = make_case(), make_case()
    declare_conflict(kept if where == "kept" else merged, person=colleague, reason="His brother.", by=lead, now=now)
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    assert not sees(colleague, kept)
    assert not sees(colleague, merged)
    undo_merge(merge, by=agent, now=now)
    assert [sees(colleague, kept), sees(colleague, merged)] == [where != "kept", where == "kept"]


def test_an_interest_that_comes_over_takes_what_she_held_and_undo_gives_it_back(
    make_case, agent, colleague, lead, manager, as_, now
):
    kept, merged = make_case(), make_case()
    take_case(kept, by=colleague, now=now)
    escalate_case(kept, to=colleague, reason="A second look.", by=agent, now=now)
    share_case(kept, to=colleague, reason="She knows the street.", by=lead, now=now)
    declare_conflict(merged, person=colleague, reason="His brother.", by=lead, now=now)
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    kept.refresh_from_db()
    assert (kept.assignee, kept.escalated_to) == (None, None)
    assert not kept.grants.filter(ended_at__isnull=True).exists()
    assert OutboxMessage.objects.filter(recipient=lead, notice="conflict_noted", channel="in_app").exists()
    undo_merge(merge, by=agent, now=now)
    kept.refresh_from_db()
    assert (kept.assignee, kept.escalated_to) == (colleague, colleague)
    assert kept.grants.get(ended_at__isnull=True).user == colleague
    assert sees(colleague, kept)


def test_the_merged_case_is_its_owners_again_whom_an_interest_in_the_other_shut_out(
    make_case, agent, colleague, lead, now
):
    kept, merged = make_case(), make_case()
    take_case(merged, by=colleague, now=now)
    declare_conflict(kept, person=colleague, reason="His brother.", by=lead, now=now)
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    assert Case.objects.get(pk=merged.pk).assignee is None
    undo_merge(merge, by=agent, now=now)
    assert Case.objects.get(pk=merged.pk).assignee == colleague


def test_undoing_a_merge_leaves_the_case_to_whoever_took_it_since(make_case, agent, colleague, lead, now):
    kept, merged = make_case(), make_case()
    take_case(kept, by=colleague, now=now)
    declare_conflict(merged, person=colleague, reason="His brother.", by=lead, now=now)
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    take_case(kept, by=agent, now=now)
    undo_merge(merge, by=agent, now=now)
    assert Case.objects.get(pk=kept.pk).assignee == agent


def test_what_she_declared_herself_is_so_in_the_merged_case_too(make_case, agent, colleague, lead, now):
    kept, merged = make_case(), make_case()
    declare_conflict(merged, person=colleague, reason="My brother.", by=colleague, now=now)
    merge_cases(kept, merged=merged, by=agent, now=now)
    with pytest.raises(MoveRefused, match="She declared it herself"):
        withdraw_conflict(kept.conflicts.get(), reason="He moved away.", by=lead, now=now)


def test_a_refusal_does_not_tell_when_the_hidden_case_was_received_that_a_word_goes_to(make_case, agent, manager, now):
    """Neither by its sentence nor by which times it refuses."""
    case = make_case(by=agent, received_at=now - timedelta(days=3))
    hidden = make_case(by=manager, received_at=now - timedelta(days=1))
    mark_duplicate(case, of=hidden, by=agent, now=now)
    raise_level(hidden, level=3, reason="A child.", by=manager, now=now)
    word = {"direction": "in", "channel": "email", "party": None, "by": agent, "now": now}
    assert record_contact(case, occurred_at=now - timedelta(days=2), **word).case == hidden
    with pytest.raises(MoveRefused, match=told(case.received_at)):
        record_contact(case, occurred_at=now - timedelta(days=4), **word)


def test_an_interest_goes_on_to_the_case_that_follows_long_after(case, agent, colleague, lead, now):
    declare_conflict(case, person=colleague, reason="His brother.", by=lead, now=now)
    resolve_case(case, outcome="no_contact_possible", by=agent, now=now)
    later = now + timedelta(days=40)
    word = record_contact(case, direction="in", channel="email", party=None, occurred_at=later, by=agent, now=later)
    assert word.case != case
    assert not sees(colleague, word.case)
    assert Conflict.objects.filter(case=word.case, user=colleague).exists()


def test_a_task_that_went_to_another_case_is_not_told_under_this_one(make_case, agent, colleague, now):
    case, other = make_case(), make_case()
    task = add_task(other, title="Call the ward", by=agent, now=now)
    tell(TaskGivenNotice, case, [colleague], key="k", by=agent, now=now, task=task.pk)
    (told, *_rest) = readable(list(OutboxMessage.objects.filter(recipient=colleague)), colleague)
    assert "Call the ward" not in compose([told], colleague).body


def test_whoever_brings_a_file_that_is_there_hidden_is_not_told_what_it_is_called(
    case, agent, lead, as_, now, tmp_path, settings
):
    settings.STORAGES = settings.STORAGES | {
        "evidence": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }
    told = {"title": "Her epicrisis", "compartment": Compartment.MEDICAL}
    add_evidence(case, chunks=[b"The same bytes."], name="a.txt", by=lead, now=now, **told)
    file = SimpleUploadedFile("b.txt", b"The same bytes.")
    answer = as_(agent).post(f"/api/v1/cases/{case.reference}/evidence/", {"file": file})
    assert answer.status_code == 400
    assert "epicrisis" not in answer.content.decode()


@pytest.mark.parametrize("who", ["agent", "senior", "claims"])
def test_a_view_for_a_team_is_a_leads_to_share(request, team, lead, now, who):
    with pytest.raises(ViewRefused):
        save_view(name="Ours", query="is:open", team=team, by=request.getfixturevalue(who), now=now)
    assert save_view(name="Ours", query="is:open", team=team, by=lead, now=now).team == team


class TestStaffSubject:
    """Cases about members of staff: legal's, and a named lead's."""

    @pytest.fixture
    def about_staff(self, make_case, manager, now):
        """A C4 case of the other team about somebody of the staff."""
        accused = ReportedPerson(name="Ulf Sten", email="ulf@example.com", role="staff")
        case = make_case(market="ES", respondent=accused)
        raise_level(case, level=4, reason="It is about one of us.", by=manager, now=now)
        case.refresh_from_db()
        return case

    def test_a_named_lead_sees_them_whichever_team_they_are_of(self, about_staff, lead, admin, now):
        assert not sees(lead, about_staff)
        name_for_staff_subject(lead, named=True, by=admin, now=now)
        assert sees(lead, about_staff)
        assert Compartment.STAFF_SUBJECT in compartments_for(User.objects.get(pk=lead.pk), about_staff)
        assert Compartment.PRIVILEGE not in compartments_for(User.objects.get(pk=lead.pk), about_staff)

    def test_a_named_lead_sees_no_other_c4(self, make_case, lead, admin, manager, now):
        case = make_case()
        raise_level(case, level=4, reason="Privileged.", by=manager, now=now)
        name_for_staff_subject(lead, named=True, by=admin, now=now)
        assert not sees(lead, case)

    def test_a_staff_member_who_reports_makes_no_case_about_staff(self, make_case, lead, admin, manager, now):
        reporter = ReportedPerson(name="Ulf Sten", email="ulf@example.com", role="staff")
        case = make_case(reporter=reporter)
        raise_level(case, level=4, reason="Privileged.", by=manager, now=now)
        name_for_staff_subject(lead, named=True, by=admin, now=now)
        assert not sees(lead, case)

    def test_a_named_lead_does_not_see_what_she_has_an_interest_in(self, about_staff, lead, admin, now):
        name_for_staff_subject(lead, named=True, by=admin, now=now)
        declare_conflict(about_staff, person=lead, reason="It is about me.", by=lead, now=now)
        assert not sees(lead, about_staff)

    def test_whoever_is_no_lead_any_more_is_not_named_any_more(self, about_staff, manager, make_user, team, admin, now):
        lead = make_user("Ida Holm", Role.LEAD, team)
        name_for_staff_subject(lead, named=True, by=admin, now=now)
        change_role(lead, role=Role.SENIOR, by=admin, now=now)
        lead = User.objects.get(pk=lead.pk)
        assert not lead.holds(Compartment.STAFF_SUBJECT)
        assert not sees(lead, about_staff)
        change_role(lead, role=Role.LEAD, by=admin, now=now)
        assert not User.objects.get(pk=lead.pk).named_for_staff_subject


@pytest.mark.parametrize(
    "path", ["/", "/people/", "/notifications/", "/cases/{reference}/", "/api/v1/cases/{reference}/"]
)
def test_no_browser_and_no_proxy_keeps_a_page(case, agent, as_, path):
    answer = as_(agent).get(path.format(reference=case.reference))
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
