"""The day of a case, from the call to the outcome, with and without script."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cases.models import Case, Evidence, Reveal
from cases.workflow import CaseState, Outcome
from foundation.accounts.models import User
from foundation.audit.models import Entry


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "yard.jpg"
    Image.new("RGB", (320, 200), "#8a9a5b").save(path)
    return path


def sign_in(page: Page, user: User) -> None:
    page.goto("/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password", exact=True).fill("correct horse battery staple")
    page.get_by_role("button", name="Sign in", exact=True).click()


def move(page: Page, name: str) -> None:
    """Open the menu of a move in the head of the case."""
    page.locator(".pagehead summary", has_text=re.compile(f"^{name}")).click()


def tick_the_playbook(page: Page) -> None:
    steps = page.locator(".checks button.tick[value='1']")
    for left in range(steps.count(), 0, -1):
        expect(steps).to_have_count(left)
        steps.first.click()
    expect(steps).to_have_count(0)


def test_an_agent_works_a_case_from_the_call_to_its_outcome(sit_down, make_case, agent, lead, picture):
    make_case()  # from which Hannah Whitcombe is known
    page = sit_down()
    sign_in(page, agent)
    expect(page.get_by_role("heading", name="All open")).to_be_visible()

    # The phone rings. What she types survives a reload, on this side and on the server.
    page.keyboard.press("o")
    page.get_by_label("I am on the phone with her").check()
    reporter = page.get_by_role("group", name="Who reports")
    reporter.get_by_label("Name").press_sequentially("whitcomb")
    page.get_by_role("option", name="Hannah Whitcombe").click()
    expect(reporter.get_by_label("Name")).to_have_value("Hannah Whitcombe")
    page.get_by_label("What happened, in a line").fill("Whippet bitten at the sitter’s home")
    page.get_by_label("Category").select_option("bite")
    expect(page.locator("#suggestion")).to_contain_text("SEV-2")
    page.get_by_label("What she says").fill("Two dogs were in the yard. She found blood on the leg.")
    expect(page.locator("[data-draft-state]").last).to_contain_text("Saved")
    page.reload()
    expect(page.get_by_label("What she says")).to_have_value(re.compile("found blood"))
    expect(page.get_by_label("Category")).to_have_value("bite")
    expect(page.get_by_label("I am on the phone with her")).to_be_checked()
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Whippet bitten at the sitter’s home")
    case = Case.objects.latest("pk")
    assert case.parties.get(capacity="reporter").person.name == "Hannah Whitcombe"
    assert case.clocks.get(metric="first_response").state == "met"

    # She works on it: a note that keeps itself, and the call to the sitter.
    page.keyboard.press("t")
    expect(page.locator(".pagehead .meta")).to_contain_text("Maya Osei")
    page.keyboard.press("n")
    page.keyboard.type("The clinic sends the note on Monday.")
    expect(page.locator("#pane-note [data-draft-state]")).to_contain_text("Saved")
    page.reload()
    expect(page.locator("#pane-note textarea")).to_have_value("The clinic sends the note on Monday.")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#timeline .note")).to_contain_text("The clinic sends the note on Monday.")
    expect(page.locator("#pane-note textarea")).to_have_value("")
    page.keyboard.press("c")
    page.locator("#pane-contact").get_by_label("What was said").fill("Hannah sends the invoice tonight.")
    page.get_by_role("button", name="Record it").click()
    expect(page.locator("#timeline")).to_contain_text("Hannah sends the invoice tonight.")

    # A picture is dropped, stays behind its words, and is shown in grey to whoever asks by name.
    page.get_by_text("Add files").click()
    page.locator("[data-dropzone] input[type=file]").set_input_files(picture)
    page.locator("#evidence").get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".veil")).to_contain_text("yard.jpg")
    expect(page.locator(".veil img")).to_have_count(0)
    assert not Reveal.objects.exists()
    page.get_by_role("button", name="Reveal yard.jpg").click()
    expect(page.locator(".veil img")).to_have_css("filter", "grayscale(1)")
    assert Reveal.objects.get().user == agent

    # It waits for the clinic, comes back, and calls the lead.
    page.keyboard.press("w")
    page.get_by_label("Waiting on", exact=True).select_option("vet")
    page.locator(".menu").get_by_role("button", name="Waiting on").click()
    expect(page.locator(".pagehead .clock.paused")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".pagehead .clock.running").first).to_be_visible()
    page.wait_for_load_state()  # keys are heard once the scripts of the new page run
    expect(page.locator(".pagehead .clock.paused")).to_have_count(0)
    page.keyboard.press("e")
    page.locator(".menu:visible").get_by_label("Why").fill("The sitter has a second complaint.")
    page.locator(".menu:visible").get_by_role("button", name="Escalate").click()
    expect(page.locator(".pagehead .meta")).to_contain_text("escalated to Ana Duarte")

    chief = sit_down(lead)
    chief.goto("/")
    chief.keyboard.press("g")
    chief.keyboard.press("e")
    chief.get_by_role("button", name=re.compile(f"Acknowledge {case.reference}")).click()
    expect(chief.get_by_role("heading", name="Somebody is on it")).to_be_visible()

    page.reload()
    tick_the_playbook(page)
    move(page, "Resolve")
    page.get_by_label("Outcome").select_option(Outcome.values[0])
    page.locator(".menu:visible").get_by_role("button", name="Resolve").click()
    expect(page.locator(".pagehead .meta")).to_contain_text("Resolved")
    case.refresh_from_db()
    assert case.state == CaseState.RESOLVED


def test_everything_is_done_without_script(sit_down, agent, team, picture):
    page = sit_down(java_script_enabled=False)
    sign_in(page, agent)
    page.get_by_role("link", name="New case").click()
    page.get_by_label("What happened, in a line").fill("Key kept after the last walk")
    page.get_by_label("Category").select_option("other")
    reporter = page.get_by_role("group", name="Who reports")
    reporter.get_by_label("Email").fill("ines@example.com")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("alert")).to_contain_text("Ask for a name")
    expect(page.get_by_label("What happened, in a line")).to_have_value("Key kept after the last walk")
    reporter.get_by_label("Name").fill("Ines Moreira")
    page.get_by_role("button", name="Open the case").click()

    page.get_by_role("button", name="Take").click()
    page.locator("#pane-note textarea").fill("She wants the key back today.")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#timeline .note")).to_contain_text("She wants the key back today.")
    page.locator(".composer .tabs").get_by_text("Message").click()
    page.locator("#pane-contact").get_by_label("What was said").fill("Told her that we call the walker now.")
    page.get_by_role("button", name="Record it").click()
    expect(page.locator(".pagehead .clock.met")).to_be_visible()

    page.get_by_text("Add files").click()
    page.locator("[data-dropzone] input[type=file]").set_input_files(picture)
    page.locator("#evidence").get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Reveal yard.jpg").click()
    expect(page.locator(".veil img")).to_be_visible()
    assert Evidence.objects.get().reveals.get().user == agent

    move(page, "Waiting on")
    page.get_by_label("Waiting on", exact=True).select_option("reporter")
    page.locator(".menu:visible").get_by_role("button", name="Waiting on").click()
    page.get_by_role("button", name="Resume").click()
    tick_the_playbook(page)
    move(page, "Resolve")
    page.get_by_label("Outcome").select_option(Outcome.values[0])
    page.locator(".menu:visible").get_by_role("button", name="Resolve").click()
    expect(page.locator(".pagehead .meta")).to_contain_text("Resolved")
    case = Case.objects.get()
    assert case.state == CaseState.RESOLVED
    assert Entry.objects.filter(subject_kind="case", subject_id=str(case.pk), event="case.resolved").count() == 1


def test_the_suggestion_asks_with_the_facts_alone(sit_down, agent):
    page = sit_down(agent)
    page.goto("/cases/new/")
    page.get_by_label("What she says").fill("She told it all. " * 400)
    page.get_by_label("Category").select_option("threat")
    expect(page.locator("#suggestion")).to_contain_text("SEV-2")
    with page.expect_request("**/cases/new/suggestion/**") as asked:
        page.get_by_label("Somebody is in danger now").check()
    expect(page.locator("#suggestion")).to_contain_text("SEV-1")
    assert "told" not in asked.value.url


def test_back_after_sending_shows_an_empty_form_and_one_report_stays_one_case(sit_down, agent, team):
    page = sit_down(agent)
    page.goto("/cases/new/")
    page.get_by_label("What happened, in a line").fill("Cat ran off at the second walk")
    page.get_by_label("Category").select_option("lost-pet")
    page.get_by_label("What she says").fill("It was gone when she came back.")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cat ran off at the second walk")
    page.evaluate("history.back()")
    expect(page.get_by_label("What happened, in a line")).to_have_value("")
    expect(page.get_by_label("What she says")).to_have_value("")
    assert Case.objects.count() == 1


def test_what_was_typed_and_not_sent_is_there_after_back(sit_down, agent, team):
    page = sit_down(agent)
    page.goto("/cases/new/")
    page.get_by_label("What she says").fill("She hung up.")
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_role("heading", name="All open")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("What she says")).to_have_value("She hung up.")


def test_a_paste_too_long_is_counted_and_not_cut(sit_down, agent, team):
    page = sit_down(agent)
    page.goto("/cases/new/")
    told = page.get_by_label("What she says")
    told.focus()
    page.keyboard.insert_text("a" * 20_312)
    expect(told).to_have_value("a" * 20_312)
    expect(page.locator(".count.over")).to_contain_text("Characters too many: 312.")
    told.press("Control+a")
    page.keyboard.insert_text("a" * 19_000)
    expect(page.locator(".count")).to_contain_text("Characters left: 1,000")


def test_the_category_that_is_chosen_says_what_it_is_for(sit_down, agent, team):
    page = sit_down(agent)
    page.goto("/cases/new/")
    page.get_by_label("Category").select_option("bite")
    expect(page.locator("#category-hint")).to_have_text("An animal bit a person or another animal.")


def test_starting_afresh_forgets_on_both_sides_and_is_undone(sit_down, agent, team):
    page = sit_down(agent)
    page.goto("/cases/new/")
    page.get_by_label("What she says").fill("She hung up.")
    expect(page.locator("[data-draft-state]").last).to_contain_text("Saved")
    page.reload()
    page.get_by_role("button", name="Start afresh").click()
    expect(page.get_by_text("The form is empty again.")).to_be_visible()
    expect(page.get_by_label("What she says")).to_have_value("")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("What she says")).to_have_value("She hung up.")
