"""The queue as a page: what it shows, in which order, and to whom."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from cases.models import Case, Clock
from cases.models.case import Band
from cases.operations.contacts import record_contact
from cases.operations.moves import assign_case, take_case, wait_case
from cases.operations.views import save_view
from cases.queue import shown_count, view_counts
from foundation.accounts.models import User

pytestmark = pytest.mark.usefixtures("at_the_instant")

MakeCase = Callable[..., Case]


@pytest.fixture
def client(agents_client: Client) -> Client:
    return agents_client


def test_the_queue_lists_open_cases_by_urgency(client: Client, make_case: MakeCase, now: datetime) -> None:
    make_case(title="A late walker", category="no-show")
    make_case(title="A bitten dog", category="bite")
    page = client.get("/").content.decode()
    assert page.index("A bitten dog") < page.index("A late walker")
    assert "A person is waiting" in page


def test_an_empty_queue_says_what_to_do(client: Client) -> None:
    assert "No open cases" in client.get("/").content.decode()
    assert "Remove a filter" in client.get("/?q=nowhere").content.decode()


def test_a_search_that_cannot_be_read_says_so(client: Client, case: Case) -> None:
    page = client.get("/?q=sev:9").content.decode()
    assert "sev:" in page
    assert "severity, 1 to 4" in page


def test_pages_follow_each_other_without_loss_or_doubles(
    client: Client, make_case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = {f"Case number {number}" for number in range(7)}
    for title in titles:
        make_case(title=title)
    monkeypatch.setattr("cases.queue.PAGE_SIZE", 3)
    monkeypatch.setattr("cases.queue.page.__kwdefaults__", {"cursor": "", "size": 3})
    seen: list[str] = []
    url = "/?q=is:open"
    for _ in range(5):
        response = client.get(url)
        seen += [row.title for _label, rows, _number in response.context["bands"] for row in rows]
        url = response.context["next_url"]
        if not url:
            break
    assert sorted(seen) == sorted(titles)


def test_the_queue_costs_the_same_for_one_case_and_for_many(
    client: Client, make_case: MakeCase, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(12):
        make_case(title=f"Case {number}")
    client.get("/")
    with django_assert_max_num_queries(16):  # type: ignore[attr-defined]
        client.get("/")


def test_take_next_gives_the_most_pressing_case_nobody_has(client: Client, make_case: MakeCase, agent: User) -> None:
    make_case(title="A late walker", category="no-show")
    urgent = make_case(title="A bitten dog", category="bite")
    response = client.post("/queue/next/")
    assert response["Location"] == urgent.get_absolute_url()
    urgent.refresh_from_db()
    assert urgent.assignee == agent


def test_the_peek_explains_the_rank_with_the_real_head_starts(client: Client, case: Case) -> None:
    page = client.get(f"/cases/{case.reference}/peek/").content.decode()
    assert "Nobody has taken it" in page
    assert "+30 min" in page


def test_bulk_assigns_case_by_case_and_undo_puts_back(
    client: Client, make_case: MakeCase, agent: User, colleague: User
) -> None:
    mine, hers = make_case(title="One"), make_case(title="Two")
    client.post("/queue/bulk/", {"deed": "assign", "to": colleague.pk, "case": [mine.pk, hers.pk], "q": "is:open"})
    assert set(Case.objects.values_list("assignee", flat=True)) == {colleague.pk}
    assert "Done on 2 of 2." in client.get("/").content.decode()
    client.post("/queue/bulk/undo/", {"q": "is:open"})
    assert set(Case.objects.values_list("assignee", flat=True)) == {None}


def test_bulk_undo_leaves_alone_what_somebody_changed_since(
    client: Client, make_case: MakeCase, agent: User, colleague: User, lead: User, now: datetime
) -> None:
    case = make_case(title="One")
    client.post("/queue/bulk/", {"deed": "assign", "to": agent.pk, "case": [case.pk]})
    assign_case(Case.objects.get(pk=case.pk), to=colleague, by=lead, now=now + timedelta(minutes=1))
    client.post("/queue/bulk/undo/")
    case.refresh_from_db()
    assert case.assignee == colleague


def test_bulk_tells_which_case_was_refused_and_why(
    client: Client, make_case: MakeCase, colleague: User, now: datetime
) -> None:
    open_case, new_case = make_case(title="One"), make_case(title="Two")
    take_case(open_case, by=colleague, now=now)
    client.post("/queue/bulk/", {"deed": "wait", "on": "vet", "case": [open_case.pk, new_case.pk]})
    page = client.get("/").content.decode()
    assert "Done on 1 of 2." in page
    assert new_case.reference in page


def test_a_bulk_deed_that_is_done_is_answered_however_long_the_search(client: Client, case: Case, agent: User) -> None:
    answer = client.post("/queue/bulk/", {"deed": "assign", "to": agent.pk, "case": [case.pk], "q": "x" * 20_000})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.assignee == agent


def test_a_case_of_another_team_cannot_be_ticked(
    client: Client, make_case: MakeCase, other_team: object, agent: User
) -> None:
    hidden = make_case(title="Oculto", market="ES")
    client.post("/queue/bulk/", {"deed": "assign", "to": agent.pk, "case": [hidden.pk]})
    hidden.refresh_from_db()
    assert hidden.assignee is None


def test_a_view_is_kept_under_its_name_and_removed(client: Client, case: Case, agent: User) -> None:
    client.post("/views/save/", {"name": "My thefts", "q": "cat:theft"})
    assert "My thefts" in client.get("/").content.decode()
    view = agent.saved_views.get()
    client.post(f"/views/{view.pk}/remove/")
    assert not agent.saved_views.exists()


def test_suggestions_complete_the_last_word(client: Client) -> None:
    assert 'data-value="waiting:vet"' in client.get("/queue/suggest/?q=" + quote("is:open waiting:v")).content.decode()
    assert 'data-value="owner:"' in client.get("/queue/suggest/?q=ow").content.decode()


def test_the_palette_finds_cases_the_reader_sees(client: Client, case: Case) -> None:
    items = client.get(f"/palette/?q={case.reference}").json()["items"]
    assert [item["url"] for item in items if item["group"] == "Cases"] == [case.get_absolute_url()]


def test_the_palette_lists_first_what_is_titled_with_the_very_words(client: Client, make_case, now: datetime) -> None:
    titled = make_case(title="Ring number 2 missing", received_at=now - timedelta(days=2))
    later = make_case(title="Ring number 0 missing", description="The second of two calls, number 2.")
    found = client.get("/palette/", {"q": "ring number 2"}).json()["items"]
    assert [item["url"] for item in found if item["group"] == "Cases"] == [
        titled.get_absolute_url(),
        later.get_absolute_url(),
    ]
    assert client.get("/palette/", {"q": "ring\0 2"}).status_code == 200


def test_a_polled_fragment_holds_the_rows_alone(client: Client, case: Case) -> None:
    part = client.get("/?q=is:open&part=rows", headers={"HX-Request": "true"}).content.decode()
    assert case.reference in part
    assert "<html" not in part


def test_a_new_case_shows_its_report_as_the_last_word(client: Client, case: Case, now: datetime) -> None:
    [(_label, [row], _number)] = client.get("/").context["bands"]
    assert (row.last_at, row.last_in, row.last_from) == (case.received_at, True, "Owner")
    peek = client.get(f"/cases/{case.reference}/peek/").content.decode()
    assert "She found the box open" in peek


def test_a_paused_clock_says_for_whom_it_waits_and_how_long(
    client: Client, agent: User, case: Case, now: datetime
) -> None:
    take_case(case, by=agent, now=now)
    contact = {"direction": "out", "channel": "email", "party": case.parties.first(), "body": "We ask the vet."}
    record_contact(case, **contact, occurred_at=now, by=agent, now=now)
    wait_case(case, on="law_enforcement", until=None, by=agent, now=now)
    with time_machine.travel(now + timedelta(hours=3), tick=False):
        cache.clear()
        html = client.get("/").content.decode()
    chip = html[html.index("clock paused") :].split("</td>")[0]
    assert "Law enforcement" in chip
    assert "3h" in chip
    assert "Resolve" not in chip


def test_a_reason_that_its_column_cuts_is_whole_on_hover(client: Client, case: Case) -> None:
    assert '<td class="why" title="No owner">No owner</td>' in client.get("/").content.decode()


def test_a_saved_view_shows_how_many_cases_it_finds(
    client: Client, agent: User, make_case: MakeCase, now: datetime
) -> None:
    for title in ("Keys lost", "Keys found"):
        make_case(title=title)
    save_view(name="Keys", query="is:open keys", team=None, by=agent, now=now)
    [item] = [item for group in client.get("/").context["rail"] for item in group["items"] if item["label"] == "Keys"]
    assert item["count"] == 2
    make_case(title="Keys again")
    cache.delete(f"frame:{agent.pk}")
    [item] = [item for group in client.get("/").context["rail"] for item in group["items"] if item["label"] == "Keys"]
    assert item["count"] == 2, "is counted anew only every minute"


def test_a_title_stands_in_its_own_direction(client: Client, make_case: MakeCase) -> None:
    case = make_case(title="كلب مفقود", language="ar")
    assert f'<a dir="auto" href="{case.get_absolute_url()}" lang="ar">' in client.get("/").content.decode()
    assert '<h1 lang="ar" dir="auto">' in client.get(case.get_absolute_url()).content.decode()


def test_the_palette_is_sure_of_what_was_named_and_not_of_what_is_only_alike(client: Client, case: Case) -> None:
    def sure(text: str) -> dict[str, bool]:
        return {item["label"]: "sure" in item for item in client.get("/palette/", {"q": text}).json()["items"]}

    assert sure("hannah@example.com")["Hannah Whitcombe"] is True
    assert sure("hanah witcomb")["Hannah Whitcombe"] is False
    assert sure(case.reference)[f"{case.reference} {case.title}"] is True


@pytest.mark.parametrize(
    ("who", "says"),
    [("finance", "Approves payouts"), ("quality", "Scores sampled cases"), ("legal", "flagged for legal or on hold")],
)
def test_a_role_that_no_queue_comes_to_is_told_what_will(request, client, settings, who, says):
    settings.DEMO = True
    client.force_login(request.getfixturevalue(who), backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get("/")
    assert answer.status_code == 200
    assert says in answer.content.decode()


def test_an_admin_is_led_to_the_settings(admin, client, settings):
    settings.DEMO = True
    client.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/")["Location"].startswith("/settings/")


def test_a_reason_for_many_that_is_too_long_is_said_and_never_cut(client: Client, case: Case) -> None:
    sent = {"case": case.pk, "deed": "severity", "severity": "2", "q": "is:open"}
    said = client.post("/queue/bulk/", sent | {"reason": "x" * 501}, follow=True).content.decode()
    assert "501 characters, and 500 fit" in said
    assert client.post("/queue/bulk/", sent | {"reason": "x" * 500}).status_code == 302
    case.refresh_from_db()
    assert case.severity_reason == "x" * 500


def test_the_headers_of_a_page_may_be_asked_for_alone(client: Client) -> None:
    answer = client.head("/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_each_view_is_counted_by_itself_where_more_cases_are_open_than_are_counted(
    make_case: MakeCase, agent: User, now: datetime
) -> None:
    for _case in range(3):
        make_case()
    mine = make_case(category="no-show")  # last in the queue
    take_case(mine, by=agent, now=now)
    wait_case(mine, on="vet", by=agent, now=now)
    counts = view_counts(reader=agent, now=now, limit=2)
    assert (counts["mine"], counts["waiting"], counts["escalated"]) == (1, 1, 0)
    assert (counts["open"], counts["unassigned"], counts[f"team:{mine.team_id}"]) == (3, 3, 3)
    assert view_counts(reader=agent, now=now)["open"] == 4


def test_a_count_beyond_the_limit_says_so() -> None:
    assert (shown_count(1_000), shown_count(1_001)) == (1_000, "1000+")


def test_a_case_on_which_no_clock_runs_is_not_said_to_be_due(
    client: Client, make_case: MakeCase, agent: User, now
) -> None:
    old, clocked = make_case(title="From the old desk"), make_case(title="Of today")
    for one in (old, clocked):
        take_case(one, by=agent, now=now)
    Clock.objects.filter(case=old).delete()
    Case.objects.update(band=Band.DUE)
    groups = {str(label): [row.title for row in rows] for label, rows, _number in client.get("/").context["bands"]}
    assert groups == {"No clock runs": ["From the old desk"], "Due today and next": ["Of today"]}
