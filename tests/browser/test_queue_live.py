"""The queue renews itself under somebody's hands, and lets go of nothing she holds."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from cases.models import Case, CaseLink
from cases.operations.moves import take_case

POLL_NOW = "document.querySelectorAll('[data-live]').forEach(each => { each.dataset.polledAt = '0' })"


def poll(page: Page) -> None:
    """Let the next second bring what the server has, rather than the tenth."""
    with page.expect_response(lambda response: "part=rows" in response.url):
        page.evaluate(POLL_NOW)


def test_a_new_case_waits_while_a_row_is_under_the_cursor(sit_down, make_case, agent, now):
    for number in range(3):
        make_case(title=f"Ring number {number} missing")
    page = sit_down(agent)
    page.goto("/")
    rows = page.locator("[data-row]")
    rows.nth(1).hover()
    places = [row.bounding_box() for row in rows.all()]
    make_case(title="Dog not breathing", category="lost-pet")
    poll(page)
    fresh = page.get_by_role("button", name="1 new")
    expect(fresh).to_be_visible()
    assert [row.bounding_box() for row in rows.all()] == places
    fresh.click()
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("Dog not breathing")
    expect(fresh).to_be_hidden()

    # With the hands off it comes by itself.
    page.mouse.move(5, 5)
    make_case(title="Parrot gone", category="lost-pet")
    poll(page)
    expect(rows).to_have_count(5)


def test_a_clock_turns_red_in_place_when_its_time_is_over(sit_down, make_case, agent, now):
    make_case(received_at=now - timedelta(hours=4) + timedelta(seconds=6))
    page = sit_down(agent)
    page.goto("/")
    chip = page.locator(".rows .clock")
    expect(chip).not_to_have_class("clock breached", timeout=500)
    expect(chip).to_have_class("clock breached", timeout=9_000)
    expect(chip).to_contain_text("−")


def test_many_cases_change_at_once_each_with_its_result_and_undo(sit_down, make_case, agent, colleague, now):
    cases = [make_case(title=f"Ring number {number} missing") for number in range(3)]
    page = sit_down(agent)
    page.goto("/")
    expect(page.locator("#bulk")).to_be_hidden()
    for case in cases:
        page.get_by_label(f"Select {case.reference}").check()
    expect(page.locator("#bulk")).to_contain_text("3 selected")
    page.locator("#bulk summary", has_text="Assign").click()
    page.locator("#bulk select[name=to]").select_option(label="Tom Becker")
    take_case(cases[0], by=colleague, now=now)
    page.locator("#bulk .menu").get_by_role("button", name="Assign").click()
    expect(page.locator("#bulk")).to_contain_text("of 3")
    assert set(Case.objects.values_list("assignee__name", flat=True)) == {"Tom Becker"}
    page.locator("#bulk").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("put back")
    assert Case.objects.filter(assignee=None).count() == 2

    for case in cases[1:]:
        page.get_by_label(f"Select {case.reference}").check()
    page.get_by_role("button", name="Link together").click()
    expect(page.locator("#bulk")).to_contain_text("Done on")
    assert CaseLink.objects.count() == 1


def test_without_a_connection_the_page_says_so_and_keeps_what_is_typed(sit_down, case, agent):
    page = sit_down(agent)
    page.goto(case.get_absolute_url())
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.locator("#pane-note textarea").fill("The neighbour saw the van at nine.")
    expect(page.locator("#pane-note [data-draft-state]")).to_contain_text("Kept in this browser")
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    expect(page.locator("#pane-note [data-draft-state]")).to_contain_text("Saved")
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator("#pane-note textarea")).to_have_value("The neighbour saw the van at nine.")
