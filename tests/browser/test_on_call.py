"""Who is on call, in a browser: without barriers, as a list on a telephone, and with every deed without script."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from foundation.audit.actors import SYSTEM
from foundation.escalation import oncall
from foundation.escalation.operations import (
    RotationSpec,
    create_schedule,
    override_shift,
    start_rotation,
    write_shift_note,
)

PHONE = {"width": 375, "height": 812}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SERIOUS = "async () => (await axe.run(document)).violations.filter(v => v.impact !== 'minor').map(v => v.id)"


@pytest.fixture
def schedule(team: Any, agent: Any, colleague: Any, lead: Any) -> Any:
    """Maya and Tom, a day each, nobody on Sundays; Ana stands in for a while, and a note was left."""
    now = timezone.now()
    schedule = create_schedule(name="US desk", team=team, time_zone="UTC", by=SYSTEM, now=now)
    days = ("mon", "tue", "wed", "thu", "fri", "sat")
    turns = RotationSpec(
        name="Days", people=(agent, colleague), unit="day", length=1, hand_over_at=now.time(), time_zone="UTC",
        starts_on=now.date(), hours={day: {"00:00": "24:00"} for day in days},
    )  # fmt: skip
    start_rotation(schedule, turns, by=SYSTEM, now=now)
    later = now + timedelta(hours=1)
    override_shift(schedule, person=lead, starts_at=later, ends_at=later + timedelta(hours=9), by=SYSTEM, now=now)
    write_shift_note(schedule, body="The vet calls back at nine.", by=colleague, now=now)
    return schedule


def test_its_pages_have_no_barriers_by_day_and_by_night(sit_down, schedule, lead, settings):
    settings.DEMO = True
    page = sit_down(lead)
    rotation = schedule.rotations.get()
    settings_page = f"/settings/schedules/{schedule.pk}/"
    for path in ("/on-call/", "/settings/schedules/", settings_page, f"/settings/schedules/rotations/{rotation.pk}/"):
        page.goto(path)
        for closed in page.locator("main details").all():
            closed.evaluate("each => each.open = true")
        page.evaluate(Axe().axe_script)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert page.evaluate(SERIOUS) == [], f"{path} {scheme}"
        for size in (PHONE, {"width": 680, "height": 430}):
            page.set_viewport_size(size)
            assert page.evaluate(WIDER) <= 0, f"{path} at {size['width']}"
        page.set_viewport_size({"width": 1360, "height": 860})


def test_lanes_are_a_list_on_a_telephone(sit_down, schedule, agent):
    page = sit_down(agent, viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/on-call/")
    lanes = page.locator(".lanes")
    expect(lanes.locator("ol li").first).to_be_in_viewport(ratio=0)
    assert lanes.locator("ol").first.bounding_box()["width"] > 200
    expect(lanes.locator("> ul > li > svg").first).to_be_hidden()


def test_a_lead_puts_somebody_on_shift_without_script(sit_down, schedule, lead, senior, settings):
    settings.DEMO = True
    page = sit_down(lead, java_script_enabled=False)
    page.goto("/on-call/?zone=UTC")
    page.get_by_text("Put somebody else on shift").click()
    start = timezone.now() + timedelta(days=9)
    page.get_by_label("Who", exact=True).select_option(label=senior.name)
    page.get_by_label("From").fill(start.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Until").fill((start + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Put on shift").click()
    expect(page.get_by_text(f"{senior.name} stands in")).to_be_visible()
    assert oncall.on_shift(schedule, start + timedelta(hours=1)) == [senior]
