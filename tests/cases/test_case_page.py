"""The page of a case: what it shows, what is written on it, and what it refuses."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cases.models import Case, CaseGrant, Conflict, Evidence, Incident
from cases.operations.access import declare_conflict
from cases.operations.contacts import record_contact
from cases.operations.editing import edit_case
from cases.operations.evidence import add_evidence
from cases.operations.firing import sweep_clocks
from cases.operations.links import link_cases
from cases.operations.moves import escalate_case, hand_over_case, take_case, wait_case
from cases.timeline import timeline_of
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.audit.models import Entry
from people.reported import ReportedPet

pytestmark = pytest.mark.usefixtures("at_the_instant")

MakeCase = Callable[..., Case]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def client(agents_client: Client) -> Client:
    return agents_client


def page(client: Client, case: Case) -> str:
    response = client.get(case.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_tells_the_case_its_people_and_its_clocks(client: Client, case: Case) -> None:
    shown = page(client, case)
    assert case.title in shown
    assert "Hannah Whitcombe" in shown
    assert "Curtis Hale" in shown
    assert "She found the box open" in shown
    assert 'class="clock running"' in shown
    assert "opened the case" in shown


def test_the_page_names_the_category_in_the_readers_language(client: Client, case: Case) -> None:
    client.cookies["tsdesk_language"] = "pt"
    names = case.incident.category.names
    shown = page(client, case)
    assert shown.count(names["pt"]) == 2
    assert f">{names['en']}<" not in shown


def test_the_page_says_who_was_informed_in_the_readers_language(client: Client, case: Case) -> None:
    client.cookies["tsdesk_language"] = "es"
    Incident.objects.filter(case=case).update(authorities=["police", "animal_control", "coast_guard"])
    assert "Policía, Control animal, coast_guard" in page(client, case)


def test_a_case_one_may_not_see_is_not_there_and_the_attempt_is_recorded(
    case: Case, stranger: User, client: Client
) -> None:
    other = Client()
    other.force_login(stranger)
    assert other.get(case.get_absolute_url()).status_code == 404
    assert other.get("/cases/TS-999999/").status_code == 404
    denial = Entry.objects.get(event="case.denied")
    assert (denial.actor_id, denial.subject_id) == (str(stranger.pk), str(case.pk))
    for path in ("peek/", "edit/", "notes/", "move/", "evidence/", "contacts/"):
        url = f"{case.get_absolute_url()}{path}"
        response = other.get(url) if path in ("peek/", "edit/") else other.post(url, {"move": "take", "note": "x"})
        assert response.status_code == 404, path


def test_reading_a_confidential_case_leaves_one_entry_in_half_an_hour(
    client: Client, make_case: MakeCase, case: Case
) -> None:
    injured = make_case(category="bite")
    for _ in range(3):
        page(client, injured)
        page(client, case)
    reads = Entry.objects.filter(event="case.viewed")
    assert [entry.subject_id for entry in reads] == [str(injured.pk)]


def test_reading_the_details_to_edit_them_is_a_reading_too(client: Client, make_case: MakeCase) -> None:
    injured = make_case(category="bite")
    client.get(f"{injured.get_absolute_url()}edit/")
    assert [entry.subject_id for entry in Entry.objects.filter(event="case.viewed")] == [str(injured.pk)]


def test_a_contact_is_written_down_and_answers_the_first_response(client: Client, case: Case) -> None:
    party = case.parties.get(capacity="reporter")
    client.post(
        f"{case.get_absolute_url()}contacts/",
        {
            "direction": "out",
            "channel": "phone",
            "party": party.pk,
            "body": "Called her back.",
            "minutes": 4,
            "submission": uuid4(),
        },
    )
    assert case.clocks.get(metric="first_response").state == "met"
    assert "Called her back." in page(client, case)


def test_a_contact_that_cannot_be_kept_comes_back_as_it_was_typed(client: Client, case: Case, now: datetime) -> None:
    response = client.post(
        f"{case.get_absolute_url()}contacts/",
        {
            "direction": "out",
            "channel": "phone",
            "body": "A long call",
            "occurred_at": (now + timedelta(days=1)).isoformat(),
        },
    )
    assert response.status_code in (409, 422)
    assert "A long call" in response.content.decode()
    assert not case.contacts.exists()


def test_a_note_sent_twice_is_one_note(client: Client, case: Case) -> None:
    sent = {"note": "He was calm on the phone.", "submission": str(uuid4())}
    client.post(f"{case.get_absolute_url()}notes/", sent)
    client.post(f"{case.get_absolute_url()}notes/", sent)
    assert case.notes.count() == 1
    assert "He was calm on the phone." in page(client, case)


def test_a_note_too_long_comes_back_whole(client: Client, case: Case) -> None:
    words = "He was calm. " * 1_600
    response = client.post(f"{case.get_absolute_url()}notes/", {"note": words, "submission": str(uuid4())})
    assert response.status_code == 422
    assert words.strip() in response.content.decode()
    assert 'maxlength="20000"' not in page(client, case)


def test_a_reason_that_cannot_be_kept_comes_back_in_its_open_menu(client: Client, case: Case) -> None:
    words = "Names a minor. " * 150
    response = client.post(f"{case.get_absolute_url()}level/", {"level": "3", "reason": words})
    assert response.status_code == 422
    assert words.strip() in response.content.decode()
    refused = client.post(f"{case.get_absolute_url()}severity/", {"severity": "1", "reason": ""})
    assert refused.status_code == 409
    assert refused.context["refused"] == "severity"


def test_why_a_case_waits_is_said_with_the_move(client: Client, case: Case) -> None:
    client.post(f"{case.get_absolute_url()}move/", {"move": "take"})
    client.post(f"{case.get_absolute_url()}move/", {"move": "wait", "on": "vet", "reason": "The x-rays of Monday"})
    assert "The x-rays of Monday" in page(client, case)


def test_no_reason_for_a_breach_is_chosen_before_somebody_chooses(client: Client, case: Case, now: datetime) -> None:
    clock = case.clocks.get(metric="first_response")
    for _ in range(2):
        sweep_clocks(now + timedelta(hours=5))
    assert '<option value="">Choose one</option>' in page(client, case)
    client.post(f"{case.get_absolute_url()}clocks/{clock.pk}/reason/", {"reason": ""})
    clock.refresh_from_db()
    assert not clock.breach_reason


def test_channels_and_people_stand_in_a_sentence_as_they_are_written(
    client: Client, make_case: MakeCase, agent: User, now: datetime
) -> None:
    case = make_case(channel="sms")
    record_contact(case, direction="out", channel="email", party=None, body="Sent.", occurred_at=now, by=agent, now=now)
    shown = page(client, case)
    assert ", SMS, " in shown
    assert "to somebody outside, by email" in shown


def test_a_call_without_words_is_a_line_and_no_empty_card(
    client: Client, case: Case, agent: User, now: datetime
) -> None:
    record_contact(case, direction="out", channel="phone", party=None, body="", occurred_at=now, by=agent, now=now)
    items = [item for _day, items in timeline_of(case, reader=agent).days for item in items]
    assert [item.look for item in items if item.head] == ["sys"]


def test_harm_to_the_only_animal_is_said_once(client: Client, make_case: MakeCase) -> None:
    case = make_case(
        category="bite", animals_hurt="serious", pet=ReportedPet(name="Hazel", species="dog", breed="poodle")
    )
    shown = page(client, case)
    assert "Hazel, poodle, serious" in shown
    assert "<dt>Animals</dt>" not in shown


def test_a_choice_of_people_starts_with_a_sentence(client: Client, case: Case, senior: User) -> None:
    assert "---------" not in page(client, case)
    seniors = Client()
    seniors.force_login(senior)
    shown = seniors.get(f"{case.get_absolute_url()}access/").content.decode()
    assert "---------" not in shown
    assert "Choose somebody" in shown


def test_a_move_is_made_from_the_page(client: Client, case: Case, agent: User) -> None:
    client.post(f"{case.get_absolute_url()}move/", {"move": "take"})
    client.post(f"{case.get_absolute_url()}move/", {"move": "wait", "on": "vet"})
    case.refresh_from_db()
    assert (case.assignee, case.state, case.waiting_on) == (agent, "waiting", "vet")


def test_a_refused_move_says_why_and_keeps_what_was_typed(client: Client, case: Case) -> None:
    response = client.post(
        f"{case.get_absolute_url()}move/", {"move": "resolve", "outcome": "helped", "reason": "All settled"}
    )
    shown = response.content.decode()
    assert response.status_code == 409
    assert "All settled" in shown
    case.refresh_from_db()
    assert case.state == "new"


def test_an_offered_case_is_accepted_on_its_page(case: Case, agent: User, colleague: User, now: datetime) -> None:
    take_case(case, by=agent, now=now)
    hand_over_case(case, to=colleague, note="She prefers mornings.", by=agent, now=now)
    other = Client()
    other.force_login(colleague)
    assert "She prefers mornings." in page(other, case)
    other.post(f"{case.get_absolute_url()}hand-over/", {"answer": "accept"})
    case.refresh_from_db()
    assert case.assignee == colleague


def test_two_who_edit_at_once_are_shown_the_difference(
    client: Client, case: Case, colleague: User, now: datetime
) -> None:
    form = client.get(f"{case.get_absolute_url()}edit/").context["form"]
    sent = {name: value for name, value in form.initial.items() if value not in (None, False, [])}
    edit_case(case, version=case.version, changes={"title": "Three rings missing"}, by=colleague, now=now)
    response = client.post(f"{case.get_absolute_url()}edit/", sent | {"title": "Five rings missing"})
    shown = response.content.decode()
    assert response.status_code == 409
    assert "Three rings missing" in shown
    assert "Five rings missing" in shown
    case.refresh_from_db()
    assert case.title == "Three rings missing"


def test_the_answer_to_the_difference_is_saved(client: Client, case: Case, colleague: User, now: datetime) -> None:
    form = client.get(f"{case.get_absolute_url()}edit/").context["form"]
    sent = {name: value for name, value in form.initial.items() if value not in (None, False, [])}
    edit_case(case, version=case.version, changes={"title": "Three rings missing"}, by=colleague, now=now)
    case.refresh_from_db()
    answer = sent | {"title": "Five rings missing", "keep-title": "yours", "version": case.version}
    assert client.post(f"{case.get_absolute_url()}edit/", answer).status_code == 302
    case.refresh_from_db()
    assert case.title == "Five rings missing"


def test_evidence_is_hidden_until_it_is_revealed_and_each_look_recorded(client: Client, case: Case) -> None:
    client.post(
        f"{case.get_absolute_url()}evidence/", {"files": SimpleUploadedFile("box.png", PNG), "title": "The open box"}
    )
    evidence = Evidence.objects.get()
    assert "The open box" in page(client, case)
    assert "/picture/" not in page(client, case)
    assert client.get(f"{case.get_absolute_url()}evidence/{evidence.pk}/picture/").status_code == 404
    client.post(f"{case.get_absolute_url()}evidence/{evidence.pk}/reveal/")
    assert "/picture/" in page(client, case)
    picture = client.get(f"{case.get_absolute_url()}evidence/{evidence.pk}/picture/")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")
    assert b"".join(picture.streaming_content)
    assert Entry.objects.filter(event="evidence.revealed", subject_id=str(case.pk)).count() == 1


def test_a_file_that_is_not_taken_is_refused_with_its_name(client: Client, case: Case) -> None:
    response = client.post(
        f"{case.get_absolute_url()}evidence/",
        {"files": SimpleUploadedFile("run.exe", b"MZ\x90\x00" + b"\x00" * 200)},
        follow=True,
    )
    assert "run.exe" in response.content.decode()
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("told", [{"title": "t" * 201, "compartment": "medical"}, {"compartment": "privilege"}])
def test_a_file_whose_words_cannot_be_kept_is_not_kept_open_to_all(
    case: Case, senior: User, now: datetime, told: dict[str, str]
) -> None:
    take_case(case, by=senior, now=now)
    client = Client()
    client.force_login(senior)
    sent = {"files": SimpleUploadedFile("scan.png", PNG), **told}
    response = client.post(f"{case.get_absolute_url()}evidence/", sent, HTTP_HX_REQUEST="true")
    assert response.status_code == 422
    assert not Evidence.objects.exists()


def test_a_whole_album_comes_in_at_once(client: Client, case: Case) -> None:
    album = [SimpleUploadedFile(f"note-{number}.txt", f"Picture {number}".encode()) for number in range(30)]
    assert client.post(f"{case.get_absolute_url()}evidence/", {"files": album}).status_code == 302
    assert Evidence.objects.filter(case=case).count() == 30


def test_a_draft_comes_back_in_its_own_form_only(client: Client, case: Case) -> None:
    client.post("/drafts/", {"key": f"case:{case.pk}:note", "note": "She sounded afraid"})
    context = client.get(case.get_absolute_url()).context
    assert context["note_form"].initial["note"] == "She sounded afraid"
    assert "body" not in context["contact_form"].initial


def test_a_link_to_a_case_one_may_not_see_is_absent(
    client: Client, case: Case, make_case: MakeCase, manager: User, other_team: object, now: datetime
) -> None:
    hidden = make_case(title="Oculto", market="ES")
    link_cases(case, other=hidden, kind="related", by=manager, now=now)
    shown = page(client, case)
    assert hidden.reference not in shown
    assert "Oculto" not in shown


def test_the_timeline_filters_and_pages(client: Client, case: Case, agent: User, now: datetime) -> None:
    for number in range(55):
        record_contact(
            case, direction="in", channel="email", party=None, body=f"Word {number}", occurred_at=now, by=agent, now=now
        )
    response = client.get(f"{case.get_absolute_url()}?show=messages")
    assert "Word 54" in response.content.decode()
    assert "Word 0<" not in response.content.decode()
    older = client.get(f"{case.get_absolute_url()}?show=messages&before={response.context['timeline'].older}")
    assert "Word 0<" in older.content.decode()


def test_a_senior_reads_why_somebody_cannot_see_a_case(case: Case, senior: User, stranger: User) -> None:
    seniors = Client()
    seniors.force_login(senior)
    shown = seniors.get(f"{case.get_absolute_url()}access/?who={stranger.pk}").content.decode()
    assert "Does not see it" in shown


def test_evidence_in_a_compartment_one_does_not_hold_is_absent_from_page_and_timeline(
    client: Client, case: Case, lead: User, agent: User, now: datetime
) -> None:
    add_evidence(
        case, chunks=[PNG], name="scan.png", title="Hospital discharge", compartment="medical", by=lead, now=now
    )
    add_evidence(case, chunks=[PNG + b"\x00"], name="box.png", title="The open box", by=lead, now=now)
    shown = page(client, case)
    assert "The open box" in shown
    assert "Hospital discharge" not in shown
    titles = [item.quote for _day, items in timeline_of(case, reader=lead).days for item in items]
    assert "Hospital discharge" in titles


def test_a_sight_that_has_run_out_is_no_longer_announced(
    client: Client, case: Case, agent: User, now: datetime
) -> None:
    grant = CaseGrant.objects.create(
        case=case, user=agent, kind="opened_here", ceiling=2, granted_at=now, expires_at=now + timedelta(hours=12)
    )
    assert "because you opened it" in page(client, case)

    CaseGrant.objects.filter(pk=grant.pk).update(expires_at=now - timedelta(minutes=1))
    assert "because you opened it" not in page(client, case)


def test_a_call_that_nobody_answered_stays_in_sight(client: Client, case: Case, agent: User, now: datetime) -> None:
    escalate_case(case, reason="She cannot be calmed", by=agent, now=now)
    assert "Nobody answered" in page(client, case)


def test_no_id_stands_twice_so_that_each_label_names_its_own_field(
    lead: User, case: Case, make_case: MakeCase, now: datetime, settings: Any
) -> None:
    settings.DEMO = True
    link_cases(case, other=make_case(), kind="related", by=lead, now=now)
    client = Client()
    client.force_login(lead)
    ids = re.findall(r'\sid="([^"]+)"', page(client, case))
    assert [name for name, number in Counter(ids).items() if number > 1] == []


def test_a_page_that_comes_back_with_errors_leads_on_as_the_page_itself_does(client: Client, case: Case) -> None:
    url = case.get_absolute_url()
    shown = client.post(f"{url}notes/", {"note": ""}, headers={"Referer": f"http://testserver{url}"}).content.decode()
    assert re.findall(r'(?:href|hx-get|action)="\?[^"]*', shown) == []
    assert f'hx-get="{url}?part=timeline"' in shown
    assert f'name="next" value="{url}"' in shown


@pytest.mark.parametrize("deed", ["links/", "merge/"])
@pytest.mark.parametrize(("typed", "status"), [("TS-999999", 422), ("itself", 409)])
def test_a_case_that_cannot_be_joined_comes_back_as_it_was_typed(
    client: Client, case: Case, deed: str, typed: str, status: int
) -> None:
    typed = case.reference if typed == "itself" else typed
    response = client.post(f"{case.get_absolute_url()}{deed}", {"other": typed})
    shown = response.content.decode()
    assert response.status_code == status
    assert f'value="{typed}"' in shown
    assert "data-errors" in shown


def test_legal_sets_the_level_declares_an_interest_and_sees_who_can_see_it(
    make_user: Callable[..., User], case: Case, settings: Any
) -> None:
    settings.DEMO = True
    Case.objects.filter(pk=case.pk).update(flagged_for_legal=True)
    client = Client()
    client.force_login(make_user("Noor Haddad", Role.LEGAL))
    shown = page(client, case)
    url = case.get_absolute_url()
    assert all(f"{url}{path}" in shown for path in ("level/", "conflict/", "access/"))
    assert not any(f'"{url}{path}"' in shown for path in ("severity/", "team/", "merge/", "evidence/", "contacts/"))
    assert (
        f'"{url}evidence/"' not in client.get(f"{url}?part=evidence", headers={"HX-Request": "true"}).content.decode()
    )
    client.post(f"{url}level/", {"level": 3, "reason": "A claim was announced."})
    case.refresh_from_db()
    assert case.confidentiality == 3


@pytest.fixture
def leads_client(lead: User, settings: Any) -> Client:
    """The browser of the lead, in a demo: there she needs no second factor."""
    settings.DEMO = True
    browser = Client()
    browser.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def test_who_can_see_a_confidential_case_is_read_on_record_and_the_peek_is_not(
    leads_client: Client, make_case: MakeCase
) -> None:
    client, injured = leads_client, make_case(category="bite")
    client.get(f"{injured.get_absolute_url()}peek/")
    assert not Entry.objects.filter(event="case.viewed").exists()
    assert client.get(f"{injured.get_absolute_url()}access/").status_code == 200
    assert [entry.subject_id for entry in Entry.objects.filter(event="case.viewed")] == [str(injured.pk)]


def test_an_answer_that_came_late_is_told_as_late_and_bears_no_tick(
    client: Client, make_case: MakeCase, agent: User, now: datetime
) -> None:
    late = make_case(received_at=now - timedelta(days=3))
    record_contact(late, direction="out", channel="phone", party=None, occurred_at=now, by=agent, now=now)
    shown = page(client, late)
    assert "First response was met, late by 2" in shown
    chip = shown[shown.index('class="clock met late"') :][:600]
    assert re.search(r"met 2d( \d+h)? late", chip)
    assert "M2.8 7.5" not in chip


def test_a_label_amid_a_sentence_begins_small(client: Client, case: Case, agent: User, now: datetime) -> None:
    take_case(case, by=agent, now=now)
    wait_case(case, on="vet", by=agent, now=now)
    shown = page(client, case)
    assert "set the case waiting on vet" in shown
    assert "Resolution pauses, waiting on vet" in shown


def test_a_reason_too_long_is_said_and_never_cut(
    leads_client: Client, case: Case, senior: User, colleague: User, now: datetime
) -> None:
    declare_conflict(case, person=colleague, reason="A cousin.", by=senior, now=now)
    noted = Conflict.objects.get()
    answer = leads_client.post(f"{case.get_absolute_url()}conflicts/{noted.pk}/withdraw/", {"reason": "x" * 2_001})
    assert answer.status_code == 422
    assert "2001 characters, and 2000 fit" in answer.content.decode()
    assert "x" * 2_001 in answer.content.decode()
    assert Conflict.objects.exists()
