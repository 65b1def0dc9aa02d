"""The keyboard of somebody who works here all day, and what it must leave alone."""

import re

from playwright.sync_api import Page, expect

from people.operations import create_person

# Playwright has no AltGr of its own.
ALT_GR_K = "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'k', bubbles: true, modifierAltGraph: true}))"


def current(page: Page) -> str:
    return page.locator("[data-row][aria-current]").get_attribute("id") or ""


def test_the_queue_is_worked_without_a_mouse(sit_down, make_case, agent):
    cases = [make_case(title=f"Ring number {number} missing") for number in range(3)]
    page = sit_down(agent)
    page.goto("/")
    rows = [row.get_attribute("id") for row in page.locator("[data-row]").all()]
    assert current(page) == rows[0]
    for key, row in (("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert current(page) == rows[row]
    expect(page.locator("#peek h2").first).to_have_text(page.locator(f"#{rows[1]} .what a").inner_text())
    page.keyboard.press("x")
    expect(page.locator(f"#{rows[1]} input")).to_be_checked()
    expect(page.locator("#bulk")).to_contain_text("1 selected")

    # What belongs to somebody's layout, and what she is typing, is hers.
    for key in ("Alt+k", "Control+j"):
        page.keyboard.press(key)
    page.evaluate(ALT_GR_K)
    assert current(page) == rows[1]
    page.keyboard.press("/")
    page.keyboard.type("jkx?")
    expect(page.get_by_role("combobox", name="Search cases")).to_have_value("jkx?")
    assert current(page) == rows[1]
    page.keyboard.press("Escape")

    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys).to_contain_text("Take next")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()

    # Ctrl-K finds a case by a word of its title, wherever one is.
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Type a command").fill("ring number 2")
    expect(page.locator("#palette [role=option]").first).to_contain_text("Ring number 2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ring number 2 missing")
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.get_by_role("heading", name="All open")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ring number")
    page.keyboard.press("t")
    expect(page.locator(".pagehead .meta")).to_contain_text("Maya Osei")
    assert sum(case.assignee_id is None for case in type(cases[0]).objects.all()) == 2
    for key, field in (("n", "#pane-note textarea"), ("c", "#pane-contact textarea"), ("r", "#pane-contact textarea")):
        page.keyboard.press(key)
        expect(page.locator(field)).to_be_focused()
        page.keyboard.press("Escape")
    expect(page.locator("#pane-contact select[name=channel]")).to_have_value("email")

    # What lies in a closed menu has its key all the same.
    for key, form in (("a", "assign-to"), ("s", "severity-severity"), ("w", "wait-on")):
        page.keyboard.press(key)
        expect(page.locator(f"#{form}")).to_be_focused()
        page.keyboard.press("Escape")

    # A key is a choice: switched off it is a letter.
    page.locator(".me summary").click()
    with page.expect_response("**/screen/"):
        page.get_by_role("group", name="Keyboard shortcuts").get_by_role("button", name="Off").click()
    page.goto("/")
    page.keyboard.press("j")
    assert current(page) == page.locator("[data-row]").first.get_attribute("id")
    agent.refresh_from_db()
    assert agent.shortcuts is False


def test_an_emergency_opens_with_one_key(sit_down, make_case, agent):
    case = make_case(category="assault", place="12 Alder Street, Boulder", immediate_danger=True)
    page = sit_down(agent)
    page.goto(case.get_absolute_url())
    pane = page.locator("#emergency")
    expect(pane.get_by_role("heading", name="What to say")).to_be_hidden()
    page.keyboard.press("!")
    expect(pane.get_by_role("heading", name="What to say")).to_be_visible()
    expect(pane).to_contain_text("12 Alder Street, Boulder")
    page.keyboard.press("!")
    expect(pane.get_by_role("heading", name="What to say")).to_be_hidden()


def test_theme_and_language_are_chosen_and_stay(sit_down, case, agent):
    page = sit_down(agent)
    page.goto("/")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".me summary").click()
    with page.expect_response("**/screen/"):
        page.get_by_role("button", name="Dark").click()
    expect(page.locator("body")).not_to_have_css("background-color", paper)
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.goto(case.get_absolute_url())
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    agent.refresh_from_db()
    assert (agent.theme, agent.language) == ("dark", "es")
    assert re.match(r"rgb\((\d|[1-4]\d),", page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_enter_in_the_palette_goes_only_where_the_words_lead(sit_down, agent, now):
    create_person(name="Zzyzx Zazueta", kind="owner", by=agent, now=now)
    page = sit_down(agent)
    page.goto("/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Type a command")
    options = page.locator("#palette [role=option]")
    field.fill("zzyzz zazuetta")
    expect(options).to_contain_text(["Zzyzx Zazueta"])
    expect(page.locator("#palette [aria-selected=true]")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zzyzx Zazueta")
    page.keyboard.press("Control+k")
    field.fill("zzyzx")
    expect(page.locator("#palette [aria-selected=true]")).to_contain_text("Zzyzx Zazueta")
