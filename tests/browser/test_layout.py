"""Where things stand: what a page promises about its own frame at the sizes people use."""

from typing import Any

import pytest
from playwright.sync_api import expect

from cases.operations.contacts import record_contact
from cases.operations.moves import escalate_case, take_case, wait_case

PHONE = {"width": 375, "height": 812}
INSIDE = "([inner, outer]) => inner.getBoundingClientRect().right <= outer.getBoundingClientRect().right + 1"
CUT = "element => element.scrollWidth > element.clientWidth"


def bottom(locator: Any) -> float:
    box = locator.bounding_box()
    return float(box["y"] + box["height"])


def test_the_foot_of_a_short_page_stands_at_the_foot_of_the_window(sit_down, make_case, agent, lead, now):
    escalate_case(make_case(), reason="He is inside.", by=agent, now=now)
    page = sit_down(lead)
    page.goto("/escalations/")
    assert bottom(page.locator("footer.status")) == 860
    for number in range(24):
        escalate_case(make_case(title=f"Ring number {number}"), reason="x", by=agent, now=now)
    page.reload()
    assert bottom(page.locator("footer.status")) == 860, "also where the page is longer than the window"


def test_twenty_two_rows_are_seen_without_scrolling(sit_down, make_case, agent):
    for number in range(24):
        make_case(title=f"Ring number {number} missing")
    page = sit_down(agent)
    page.goto("/")
    foot = page.locator("footer.status").bounding_box()["y"]
    assert sum(bottom(row) <= foot for row in page.locator("[data-row]").all()) >= 22


def test_what_a_bulk_deed_was_refused_for_is_read_whole(sit_down, make_case, agent, now):
    take_case(make_case(title="Ring missing"), by=agent, now=now)
    refused = make_case(title="Watch missing")
    page = sit_down(agent)
    page.goto("/")
    for box in page.locator("tbody input[type=checkbox]").all():
        box.check()
    page.locator("#bulk summary", has_text="Waiting on").click()
    page.get_by_role("button", name="Set waiting").click()
    page.get_by_text("Which", exact=True).click()
    reason = page.locator("#bulk li", has_text=refused.reference)
    expect(reason).to_be_visible()
    told = page.locator("#bulk [role=status] .menu").element_handle()
    assert page.evaluate(INSIDE, [told, page.locator("#bulk").element_handle()])


def test_the_hours_under_the_week_of_a_calendar_stand_in_one_line(sit_down, lead):
    page = sit_down(lead)
    page.goto("/settings/calendars/")
    page.locator("main").get_by_role("link", name="Around the clock").first.click()
    day = page.locator(".daybars li").first.bounding_box()["height"]
    assert page.locator(".ticks p").bounding_box()["height"] <= day


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_a_paused_clock_is_not_cut_in_its_column(sit_down, make_case, agent, now, language):
    agent.language = language
    agent.save()
    case = make_case()
    take_case(case, by=agent, now=now)
    party = case.parties.first()
    record_contact(
        case, direction="out", channel="email", party=party, occurred_at=now, body="We ask him.", by=agent, now=now
    )
    wait_case(case, on="respondent", until=None, by=agent, now=now)
    page = sit_down(agent)
    page.goto("/?q=is:waiting")
    assert page.locator(".rows .clock.paused > span").first.evaluate(CUT) is False


def test_the_peek_shows_its_category_whole(sit_down, make_case, agent):
    make_case(category="dispute-over-work", title="Fence half painted")
    page = sit_down(agent)
    page.goto("/")
    peek = page.locator("#peek")
    category = peek.get_by_text("Dispute over", exact=False).first
    assert page.evaluate(INSIDE, [category.element_handle(), peek.element_handle()])


def test_on_a_phone_the_views_have_a_line_of_their_own_and_show_where_one_is(sit_down, case, agent):
    page = sit_down(agent, viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/people/")
    views = page.locator("#views")
    assert views.bounding_box()["y"] >= bottom(page.locator(".me"))
    assert views.bounding_box()["width"] == PHONE["width"]
    expect(page.locator("#views [aria-current]")).to_be_in_viewport(ratio=1)
    assert page.locator("#people-q").evaluate("field => field.placeholder.length * 9 < field.clientWidth")


def test_a_phone_is_told_no_keys(sit_down, case, agent):
    page = sit_down(agent, viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/")
    expect(page.get_by_role("button", name="Take next")).to_be_visible()
    expect(page.locator(".topbar kbd")).to_be_hidden()


def test_a_table_of_calls_fits_a_page_at_200_percent(sit_down, make_case, agent, lead, now):
    escalate_case(make_case(), reason="He is inside.", by=agent, now=now)
    page = sit_down(lead, viewport={"width": 680, "height": 430})
    page.goto("/escalations/")
    assert page.evaluate("document.documentElement.scrollWidth") == 680
    assert page.locator(".calls tbody tr").first.bounding_box()["height"] < 90


def test_words_and_times_of_one_cell_stay_one_line_where_a_table_stacks(sit_down, lead):
    page = sit_down(lead, viewport=PHONE)
    page.goto("/settings/sla/")
    cell = page.locator("td[data-label=Wording]").first
    assert cell.bounding_box()["height"] < 30
