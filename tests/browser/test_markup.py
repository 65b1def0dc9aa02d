"""Markup in every text that comes in, by the API, by a form and by a file: it is shown as it was typed, and never runs."""

import json
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from playwright.sync_api import Page

from cases.models import Case
from cases.operations.work import add_note, add_task
from foundation.accounts.operations import create_api_key
from foundation.audit.actors import SYSTEM
from people.models import Person

MARKUP = (
    "<img src=x onerror=\"window.ran='{0}'\"><script>window.ran='{0}'</script><svg onload=\"window.ran='{0}'\">"
    "\"'><a href=\"javascript:window.ran='{0}'\">x</a>{{{{7*7}}}}"
)
RAN = "() => window.ran"
NO_PAGE = ("/accounts/", "/api/", "/static/", "/media/")


def markup(name: str, most: int = 300) -> str:
    return MARKUP.format(name)[:most]


def report(external_id: str) -> dict[str, Any]:
    person = {"name": markup("name", 200), "external_id": markup("id", 100), "phone": "303 555 0142"}
    return {
        "title": markup("title", 200),
        "description": markup("description"),
        "category": "bite",
        "channel": "api",
        "market": "US",
        "language": "en",
        "external_id": external_id + markup("own", 80),
        "place": markup("place"),
        "authority_reference": markup("authority", 100),
        "severity": 2,
        "severity_reason": markup("reason"),
        "reporter": person | {"role": "owner"},
        "respondent": {"name": markup("respondent", 200), "role": "walker"},
        "pet": {"name": markup("pet", 100), "species": markup("s", 40), "breed": markup("breed", 100)},
        "booking": {"external_id": markup("booking", 100), "service": markup("service", 80)},
    }


def post(path: str, body: dict[str, Any], key: str) -> Any:
    answer = Client().post(
        path, json.dumps(body), content_type="application/json", headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code in (200, 201), answer.content
    return answer.json()


def looked_at(page: Page, path: str) -> set[str]:
    """Look at the page, open what unfolds on it, and say where it leads."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.evaluate(RAN) is None, path
    hrefs: list[str] = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    assert not [href for href in hrefs if href.strip().lower().startswith("javascript:")], path
    return {urlsplit(href).path for href in hrefs if href.startswith("/") and not href.startswith(NO_PAGE)}


def test_markup_of_strangers_and_colleagues_runs_nowhere(sit_down, team, lead, agent, now):
    _key, key = create_api_key(integration_name="marketplace", scopes=None, by=SYSTEM, now=now)
    told = post("/api/v1/cases/", report("R-1"), key)
    post("/api/v1/cases/", report("R-2"), key)
    path = f"/api/v1/cases/{told['reference']}/"
    for direction in ("in", "out"):
        post(
            f"{path}contacts/",
            {"direction": direction, "channel": "email", "body": markup("word"), "party": "reporter"},
            key,
        )
    post(f"{path}moves/", {"move": "escalate", "fields": {"reason": markup("why")}}, key)
    case = Case.objects.get(reference=told["reference"])
    add_note(case, body=markup("note"), by=agent, now=now)
    add_task(case, title=markup("task", 150), by=agent, now=now, due_at=None, assignee=agent)

    page = sit_down(lead)
    reads = {case.get_absolute_url(), *(f"/people/{person.pk}/" for person in Person.objects.all())}
    waiting = ["/", "/people/", "/notifications/", f"/?q={markup('q')}", f"/people/?q={markup('q')}", *sorted(reads)]
    seen: set[str] = set()
    while waiting and len(seen) < 40:
        path = waiting.pop(0)
        if path not in seen:
            seen.add(path)
            waiting += sorted(looked_at(page, path) - seen)
    assert reads <= seen
    page.goto(case.get_absolute_url())
    assert MARKUP.format("description")[:300] in page.locator("main").inner_text().replace("\n", " ")


def test_the_page_of_the_api_works_under_the_policy_of_all_pages(sit_down, team):
    page = sit_down()
    page.goto("/api/v1/docs/")
    page.get_by_text("/api/v1/cases/", exact=True).first.wait_for()
    assert page.locator(".opblock").count() >= 10
