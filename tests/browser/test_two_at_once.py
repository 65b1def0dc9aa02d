"""Two people at one case: nobody overwrites anybody, and each is told who the other is."""

import re

from playwright.sync_api import expect

from cases.operations.editing import edit_case


def test_of_two_who_take_a_case_the_second_is_told_who_was_first(sit_down, case, agent, colleague):
    first, second = sit_down(agent), sit_down(colleague)
    for page in (first, second):
        page.goto(case.get_absolute_url())
    expect(second.locator("#looking")).to_contain_text("Maya Osei is looking")
    first.get_by_role("button", name="Take").click()
    expect(first.locator(".pagehead .meta")).to_contain_text("Maya Osei")
    second.get_by_role("button", name="Take").click()
    expect(second.locator("body")).to_contain_text(re.compile(r"Maya Osei (has|took)"))
    case.refresh_from_db()
    assert case.assignee == agent


def test_a_stale_edit_is_shown_field_by_field_and_loses_nothing(sit_down, case, agent, colleague, now):
    page = sit_down(agent)
    page.goto(f"{case.get_absolute_url()}edit/")
    page.get_by_label("Where optional").fill("The hall")
    title = page.locator("#id_title")
    title.fill("Five rings missing after a clean")
    edit_case(case, version=case.version, changes={"title": "Rings missing after a clean"}, by=colleague, now=now)
    page.get_by_role("button", name="Save the details").click()
    expect(page.get_by_role("alert")).to_contain_text("Tom Becker changed this while you were writing")
    expect(page.locator(".diff ins")).to_contain_text(["Five rings missing after a clean"])
    page.locator("input[name=keep-title][value=yours]").check()
    page.get_by_role("button", name="Save this choice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Five rings missing after a clean")
    case.refresh_from_db()
    assert (case.title, case.incident.place) == ("Five rings missing after a clean", "The hall")
