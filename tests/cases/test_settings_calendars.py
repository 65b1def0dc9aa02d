"""Calendars are edited in the browser: hours as people write them, a picture of the week, a preview, then published."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from cases.views.settings_calendars import picture
from foundation.accounts.models import User
from foundation.sla.models import Calendar, Policy
from foundation.sla.operations import NewTarget, create_calendar, publish_calendar, publish_policy

pytestmark = pytest.mark.django_db
OFFICE = {
    "tz": "Europe/Madrid",
    "hours": {day: {"09:00": "13:00", "14:00": "18:00"} for day in ("mon", "tue", "wed", "thu", "fri")},
    "hol": ["2030-12-25"],
    "overrides": {"2030-12-24": {"09:00": "13:00"}, "2030-12-31": {}},
    "holidays": {"country": "ES", "subdiv": "MD"},
}


@pytest.fixture(autouse=True)
def _second_factor_is_optional(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def as_lead(client: Client, lead: User) -> Client:
    client.force_login(lead)
    return client


@pytest.fixture
def office(lead: User) -> Calendar:
    return create_calendar(name="Office", spec=OFFICE, by=lead, now=timezone.now())


def url(calendar: Calendar) -> str:
    return reverse("cases:settings_calendar", args=[calendar.pk])


def typed(answer: HttpResponse, **changed: Any) -> dict[str, Any]:
    form = answer.context["form"]  # type: ignore[attr-defined]
    return {bound.html_name: "" if bound.value() is None else bound.value() for bound in form} | changed


def test_an_agent_opens_none_of_it_and_an_admin_all(client: Client, agent: User, admin: User, office: Calendar) -> None:
    pages = [reverse("cases:settings_calendars"), reverse("cases:settings_calendar_new"), url(office)]
    client.force_login(agent)
    assert {client.get(page).status_code for page in pages} == {403}
    client.force_login(admin)
    assert {client.get(page).status_code for page in pages} == {200}


def test_the_form_is_filled_with_what_is_in_force_and_reads_back_the_same(as_lead: Client, office: Calendar) -> None:
    page = as_lead.get(url(office))
    assert 'value="09:00-13:00, 14:00-18:00"' in page.content.decode()
    answer = as_lead.post(url(office), typed(page, step="preview"))
    assert "Nothing differs" in answer.content.decode()


def test_hours_are_previewed_on_live_data_then_published(
    as_lead: Client, office: Calendar, lead: User, make_case: Callable[..., Case]
) -> None:
    now = timezone.now()
    round_the_clock = {
        "tz": "UTC",
        "hours": {day: {"00:00": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    }
    publish_calendar(office, spec=round_the_clock, by=lead, now=now)
    default = Policy.objects.get(slug="default")
    publish_policy(default, targets=[NewTarget("first_response", 3, 7_200, office)], by=lead, now=now)
    case = make_case(received_at=now - timedelta(hours=1), at=now)

    closed_today = now.strftime("%Y-%m-%d") + "\n" + (now - timedelta(days=1)).strftime("%Y-%m-%d")
    shown = as_lead.post(url(office), typed(as_lead.get(url(office)), step="preview", closed=closed_today))
    assert shown.context["outcome"] == (1, 0, False)
    assert office.current.number == 2

    assert as_lead.post(url(office), typed(shown, step="publish")).status_code == 302
    assert office.current.number == 3
    assert (office.current.created_by, len(office.current.spec["hol"])) == (lead, 2)
    assert case.clocks.get(metric="first_response").breached_at is None


def test_a_new_calendar_is_written_as_people_write_hours(as_lead: Client) -> None:
    path = reverse("cases:settings_calendar_new")
    said = {
        "name": "Night desk",
        "tz": "America/Denver",
        "mon": "9-13, 14:00–18.30",
        "fri": "22:00-06:00",
        "country": "US",
    }
    shown = as_lead.post(path, typed(as_lead.get(path), step="preview", **said))
    assert shown.status_code == 200
    assert as_lead.post(path, typed(shown, step="publish")).status_code == 302
    assert Calendar.objects.get(name="Night desk").current.spec == {
        "tz": "America/Denver",
        "hours": {"mon": {"09:00": "13:00", "14:00": "18:30"}, "fri": {"22:00": "06:00"}},
        "hol": [],
        "holidays": {"country": "US", "subdiv": None},
    }


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"mon": "all day"}, "is not hours such as 09:00-13:00"),
        ({"mon": "09:00-25:00"}, "On Monday, “25:00” is not a time"),
        ({"mon": "09:00-13:00, 12:00-14:00"}, "overlap"),
        ({"sun": "20:00-10:00", "mon": "09:00-13:00"}, "overlap"),
        ({"closed": "25/12/2026"}, "does not begin with a date"),
        ({"closed": "2030-12-24"}, "both a closed day"),
        ({"overrides": "2026-12-24 noon"}, "is not hours"),
        ({"subdivision": "XX"}, "is not a part with holidays of its own"),
        (dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ""), "no opening hours"),
    ],
)
def test_hours_that_cannot_be_used_are_said_and_kept(
    as_lead: Client, office: Calendar, changed: dict[str, str], sentence: str
) -> None:
    answer = as_lead.post(url(office), typed(as_lead.get(url(office)), step="preview", name="Typed before", **changed))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert 'value="Typed before"' in page
    assert office.current.number == 1


@pytest.mark.parametrize("step", ["preview", "publish"])
def test_newer_hours_are_told_and_nothing_typed_is_lost(
    as_lead: Client, office: Calendar, manager: User, step: str
) -> None:
    shown = as_lead.post(url(office), typed(as_lead.get(url(office)), step="preview", sat="10:00-12:00"))
    publish_calendar(office, spec=OFFICE | {"hol": []}, by=manager, now=timezone.now())

    answer = as_lead.post(url(office), typed(shown, step=step))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Ruth Adler published wording 2" in page
    assert 'value="10:00-12:00"' in page
    again = as_lead.post(url(office), typed(answer, step="preview"))
    assert as_lead.post(url(office), typed(again, step="publish")).status_code == 302
    assert office.current.number == 3


def test_the_calendar_that_is_always_open_has_no_form(as_lead: Client) -> None:
    always = Calendar.objects.get(slug="always")
    page = as_lead.get(url(always)).content.decode()
    assert "stays so" in page
    assert 'id="wording"' not in page
    sent = {"based_on": 1, "name": "x", "tz": "UTC", "mon": "09:00-10:00", "step": "preview"}
    assert as_lead.post(url(always), sent).status_code == 422
    assert always.current.number == 1


def test_the_picture_has_several_spans_and_what_runs_past_midnight() -> None:
    spec = {"tz": "UTC", "hours": {"mon": {"09:00": "13:00", "14:00": "18:00"}, "sun": {"22:00": "06:00"}}}
    noon = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)  # a Monday
    shown = picture(spec, noon)
    assert shown.days[0].spans == [(0, 360), (540, 240), (840, 240)]
    assert shown.days[6].spans == [(1_320, 120)]
    assert [day.now for day in shown.days] == [720, None, None, None, None, None, None]
    assert (shown.is_open, shown.turns_at) == (True, noon + timedelta(hours=1))
    later = picture(spec, noon + timedelta(minutes=90))
    assert (later.is_open, later.turns_at) == (False, noon + timedelta(hours=2))


def test_the_page_says_when_it_is_closed_next(as_lead: Client, office: Calendar) -> None:
    spec = OFFICE | {"hol": [(timezone.now() + timedelta(days=3)).date().isoformat()]}
    publish_calendar(office, spec=spec, by=User.objects.get(name="Ana Duarte"), now=timezone.now())
    assert "Closed next:" in as_lead.get(reverse("cases:settings_calendars")).content.decode()
