"""Every page: without barriers by day and by night, and no wider than a telephone or a page at 200 % zoom."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.base import ContentFile
from django.urls import Resolver404, resolve
from PIL import Image
from playwright.sync_api import Page, expect

from cases.operations.contacts import record_contact
from cases.operations.editing import edit_case
from cases.operations.evidence import add_evidence
from cases.operations.moves import escalate_case, hand_over_case, resolve_case, take_case, wait_case
from cases.operations.work import add_note, add_task
from foundation.escalation.models import Schedule, Shift

PHONE = {"width": 375, "height": 812}
ZOOMED = {"width": 680, "height": 430}
"""What 1360 by 860 pixels hold at 200 %."""
DESK = {"width": 1360, "height": 860}
NO_PAGE = {"account_logout", "cases:evidence_file", "cases:evidence_picture", "api:docs", "api:schema"}
"""What a link may lead to and is not a page of ours: a download, the sign-out, the documents of the API."""

OPTIONS = {"resultTypes": ["violations"], "preload": False, "elementRef": False}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


# By night only colours differ, so only they are looked at again.
RULES = {"light": {}, "dark": {"runOnly": ["color-contrast", "link-in-text-block"]}}


class Inspection:
    """Looks at pages and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.axe = Axe().axe_script
        self.found: list[str] = []

    def look(self, page: Page, name: str) -> None:
        page.evaluate(self.axe)
        for scheme, rules in RULES.items():
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            report = page.evaluate("options => axe.run(document, options)", OPTIONS | rules)
            for rule in report["violations"]:
                if rule["impact"] != "minor":
                    where = "; ".join(" ".join(map(str, node["target"])) for node in rule["nodes"][:4])
                    self.found.append(f"{name}, {scheme}: {rule['id']} ({rule['impact']}) at {where}")
        for size in (PHONE, ZOOMED):
            page.set_viewport_size(size)
            if (wider := page.evaluate(OVERFLOW)) > 0:
                self.found.append(f"{name}: {wider} px too wide at {size['width']}")
        page.set_viewport_size(DESK)


@pytest.fixture
def inspection() -> Iterator[Inspection]:
    inspection = Inspection()
    yield inspection
    assert inspection.found == []


def links_of(page: Page) -> list[str]:
    """Where a page leads on this desk, without fragments."""
    hrefs: list[str] = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href.split('#')[0])")
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    return [href.removeprefix(origin) for href in hrefs if href.startswith(origin)]


def view_of(path: str) -> str:
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return path


def walk(page: Page, inspection: Inspection, *, seen: set[str]) -> None:
    """Follow links from home until every view that they lead to was looked at once."""
    ahead = ["/"]
    while ahead:
        path = ahead.pop(0)
        if view_of(path) in seen | NO_PAGE:
            continue
        seen.add(view_of(path))
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{path} answers {answer.status}"
        inspection.look(page, path)
        ahead += links_of(page)


@pytest.fixture
def cases(
    make_case: Any, agent: Any, senior: Any, colleague: Any, lead: Any, now: Any, tmp_path: Path
) -> dict[str, Any]:
    """Cases in every state that the screen draws in its own way."""
    kept = {
        "new": make_case(title="Owner’s ex at the door", category="threat", immediate_danger=True, place="Boulder"),
        "waiting": make_case(title="Pancreatitis after treats", category="illness-of-pet"),
        "resolved": make_case(title="Keys returned, lock changed"),
        "handed": make_case(title="Perro perdido", category="lost-pet", language="es"),
        "late": make_case(title="Night messages", category="harassment", received_at=now - timedelta(days=2)),
    }
    path = tmp_path / "yard.jpg"
    Image.new("RGB", (320, 200), "#8a9a5b").save(path)
    for name in ("waiting", "resolved", "handed"):
        take_case(kept[name], by=agent, now=now)
    for direction, body in (("in", "Will the visit be covered?"), ("out", "We ask the clinic.")):
        record_contact(
            kept["waiting"], direction=direction, channel="email", party=kept["waiting"].parties.first(), occurred_at=now,
            body=body, by=agent, now=now,
        )  # fmt: skip
    add_note(kept["waiting"], body="Ask for the discharge note. @Priya Nair", by=agent, now=now)
    add_task(kept["waiting"], title="Ask the clinic", assignee=agent, due_at=now, by=agent, now=now)
    add_evidence(
        kept["waiting"], chunks=ContentFile(path.read_bytes()).chunks(), name="yard.jpg", description="The yard", by=agent,
        now=now,
    )  # fmt: skip
    wait_case(kept["waiting"], on="vet", until=None, by=agent, now=now)
    resolve_case(kept["resolved"], outcome="no_contact_possible", reason="Nobody answers.", by=agent, now=now)
    hand_over_case(kept["handed"], to=colleague, note="She speaks Spanish.", by=agent, now=now)
    escalate_case(kept["new"], reason="He is inside.", by=agent, now=now)
    return kept


def test_signing_in_and_a_case_in_each_of_its_states_are_open_to_everybody(sit_down, inspection, cases, agent):
    page = sit_down()
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    inspection.look(page, "sign-in")
    page.get_by_role("link", name="I cannot get in").click()
    inspection.look(page, "password forgotten")

    page = sit_down(agent)
    for name, case in cases.items():
        page.goto(case.get_absolute_url())
        for menu in page.locator(".pagehead details, .side details.fold, #emergency").all():
            menu.evaluate("menu => { menu.open = true }")
        inspection.look(page, f"case, {name}")
    page.goto(cases["waiting"].get_absolute_url())
    page.get_by_role("button", name="Reveal").first.click()
    expect(page.locator(".veil img")).to_be_visible()
    page.keyboard.press("c")
    inspection.look(page, "case with a picture shown")
    for tab in ("contact", "call", "task"):
        page.goto(f"{cases['new'].get_absolute_url()}?tab={tab}")
        inspection.look(page, f"composer, {tab}")


def test_what_goes_wrong_is_open_to_everybody_too(sit_down, inspection, cases, agent, colleague, now):
    page = sit_down(agent)
    page.goto("/?q=nothing+like+this")
    inspection.look(page, "queue without a case")
    page.goto("/?q=sev%3A9")
    inspection.look(page, "queue with a search that is not understood")
    page.goto("/")
    page.keyboard.press("Control+k")
    inspection.look(page, "palette")
    page.goto("/")
    page.keyboard.press("?")
    inspection.look(page, "keys")
    page.goto("/")
    page.locator("[data-row] input").first.check()
    page.locator("#bulk summary").first.click()
    inspection.look(page, "bulk")

    page.goto("/cases/new/")
    page.get_by_label("What happened, in a line").fill("Keys")
    page.get_by_label("Category").select_option("other")
    page.get_by_role("group", name="Who reports").get_by_label("Email").fill("ines@example.com")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("alert")).to_be_focused()
    inspection.look(page, "intake with errors")

    case = cases["resolved"]
    page.goto(f"{case.get_absolute_url()}edit/")
    edit_case(case, version=case.version, changes={"title": "Keys returned"}, by=colleague, now=now)
    page.locator("#id_title").fill("Keys returned, and the lock changed")
    page.get_by_role("button", name="Save the details").click()
    expect(page.locator(".diff")).to_be_visible()
    inspection.look(page, "409")
    for path, status in (("/cases/TS-99999/", 404), ("/settings/staff/", 403)):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status
        inspection.look(page, str(status))


def test_every_page_that_a_link_leads_to_is_open_to_everybody(sit_down, inspection, cases, lead, admin):
    seen: set[str] = set()
    walk(sit_down(lead), inspection, seen=seen)
    assert {"cases:queue", "cases:case", "cases:intake", "cases:edit", "cases:access"} <= seen
    assert {"people:list", "people:person", "people:merge", "escalation:list", "notifications:preferences"} <= seen
    # Who configures reads no cases; what she shares with a lead was looked at.
    seen -= {"cases:queue", "accounts:settings"}
    walk(sit_down(admin), inspection, seen=seen)
    assert {"accounts:settings", "accounts:staff", "accounts:team", "accounts:keys", "accounts:me"} <= seen


def test_the_pages_of_sharing_the_work_are_open_to_everybody(
    sit_down, inspection, cases, agent, colleague, lead, team, now
):
    schedule = Schedule.objects.create(slug="us-desk", name="Desk", team=team)
    Shift.objects.create(schedule=schedule, person=agent, starts_at=now - timedelta(days=1))
    page = sit_down(lead)
    page.goto("/settings/assignment/")
    page.locator("main").get_by_role("link", name="United States").click()
    page.get_by_label("Give the cases of this queue by themselves").check()
    page.get_by_label("Everybody else").fill("9")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_text("nothing is saved yet")).to_be_visible()
    inspection.look(page, "rule, previewed")
    page.get_by_role("button", name="Publish").click()
    page.get_by_label("Everybody else").fill("-1")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_role("alert")).to_be_focused()
    inspection.look(page, "rule with an error")
    page.goto("/workload/")
    expect(page.get_by_text("Left in the queue, and why").first).to_be_visible()
    inspection.look(page, "workload")

    page = sit_down(agent)
    page.goto("/hand-over/")
    page.get_by_label("To", exact=True).select_option(label="Tom Becker")
    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    inspection.look(page, "handed over")
    page = sit_down(colleague)
    page.goto("/hand-over/")
    inspection.look(page, "offered to her")
