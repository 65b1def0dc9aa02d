"""What somebody wants to be told, chosen on her own page and kept by the outbox."""

from datetime import UTC, datetime, time

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from parcels import ParcelMovedNotice, ParcelOnFireNotice, Tell

from foundation.accounts.models import User
from foundation.audit.models import Entry
from foundation.notifications.forms import PreferencesForm
from foundation.notifications.models import Preference, QuietHours
from foundation.notifications.operations import change_what_reaches

pytestmark = pytest.mark.django_db

PAGE = "/me/notifications/"


def shown(user: User) -> dict[str, str]:
    """The form as her browser sends it back untouched."""
    form = PreferencesForm(reader=user)
    boxes = {name: "on" for name in form.fields if form[name].initial is True}
    return boxes | {name: str(form[name].initial) for name in ("from_time", "to_time")}


def test_mail_of_one_kind_is_turned_off_on_her_page_and_stays_off(client: Client, agent: User, tell: Tell) -> None:
    client.force_login(agent)
    sent = shown(agent)
    del sent["parcel_moved-mail"]

    assert client.post(PAGE, sent).status_code == 302

    assert [message.channel for message in tell(agent)] == ["in_app"]
    assert "parcel_moved-mail" not in shown(agent)
    entry = Entry.objects.get(event="staff.preferences_changed")
    assert (entry.data["notices_off"], entry.data["notices_on"]) == (["parcel_moved:mail"], [])


def test_what_is_wanted_again_keeps_no_row(agent: User, tell: Tell, now: datetime) -> None:
    change_what_reaches(wanted={("parcel_moved", "mail"): False}, hours=None, by=agent, now=now)
    change_what_reaches(wanted={("parcel_moved", "mail"): True}, hours=None, by=agent, now=now)

    assert len(tell(agent)) == 2
    assert not Preference.objects.exists()


def test_the_same_choice_again_leaves_no_second_entry(agent: User, now: datetime) -> None:
    change_what_reaches(wanted={("parcel_moved", "mail"): False}, hours=None, by=agent, now=now)

    assert not change_what_reaches(wanted={("parcel_moved", "mail"): False}, hours=None, by=agent, now=now)
    assert Entry.objects.filter(event="staff.preferences_changed").count() == 1


def test_one_press_of_save_leaves_one_entry(client: Client, agent: User) -> None:
    client.force_login(agent)
    sent = shown(agent) | {"quiet": "on", "from_time": "21:30", "to_time": "06:15"}
    del sent["parcel_moved-mail"]

    client.post(PAGE, sent)

    entry = Entry.objects.get(event="staff.preferences_changed")
    assert (entry.data["notices_off"], entry.data["quiet_hours"]) == (["parcel_moved:mail"], ["21:30", "06:15"])


def test_a_page_for_help_cannot_be_turned_off(client: Client, agent: User, tell: Tell, now: datetime) -> None:
    with pytest.raises(ValidationError):
        change_what_reaches(wanted={(ParcelOnFireNotice.code, "mail"): False}, hours=None, by=agent, now=now)
    client.force_login(agent)
    client.post(PAGE, {})

    assert len(tell(agent, notice=ParcelOnFireNotice.code)) == 2
    html = client.get(PAGE).content.decode()
    assert "It cannot be turned off." in html
    assert "escalation_page-mail" not in html


def test_quiet_hours_are_told_in_her_zone_and_hold_her_mail(client: Client, agent: User, tell: Tell) -> None:
    # Noon in UTC is five in the morning in Denver.
    agent.time_zone = "America/Denver"
    agent.save()
    client.force_login(agent)

    client.post(PAGE, shown(agent) | {"quiet": "on", "from_time": "21:30", "to_time": "06:15"})

    hours = QuietHours.objects.get(user=agent)
    assert (hours.from_time, hours.to_time) == (time(21, 30), time(6, 15))
    _in_app, mail = tell(agent)
    assert mail.not_before == datetime(2026, 11, 18, 13, 15, tzinfo=UTC)
    assert "America/Denver" in client.get(PAGE).content.decode()


def test_quiet_hours_end_where_the_box_is_cleared(client: Client, agent: User, now: datetime) -> None:
    change_what_reaches(wanted={}, hours=(time(22), time(7)), by=agent, now=now)
    client.force_login(agent)
    sent = shown(agent)
    del sent["quiet"]

    client.post(PAGE, sent)

    assert not QuietHours.objects.exists()


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        ({"from_time": "", "to_time": "07:00"}, "Say at what time"),
        ({"from_time": "22:00", "to_time": "22:00"}, "end at another time"),
        ({"from_time": "late", "to_time": "07:00"}, "valid time"),
    ],
)
def test_quiet_hours_that_cannot_be_are_refused_and_keep_what_was_typed(
    client: Client, agent: User, ends: dict[str, str], sentence: str
) -> None:
    client.force_login(agent)

    answer = client.post(PAGE, shown(agent) | {"quiet": "on"} | ends)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert f'value="{ends["to_time"]}"' in answer.content.decode()
    assert not QuietHours.objects.exists()


def test_each_person_is_offered_what_could_ever_reach_her(client: Client, agent: User, lead: User, admin: User) -> None:
    offered = {
        user.role: {notice.code for notice in PreferencesForm(reader=user).told} for user in (agent, lead, admin)
    }

    assert "case_assigned" in offered["agent"] & offered["lead"]
    assert "case_assigned" not in offered["admin"]
    assert "glass_broken" in offered["lead"] - offered["agent"]
    assert {"coverage_gap", "delivery_failed"} <= offered["admin"] - offered["lead"]


def test_a_notice_that_never_goes_by_mail_offers_no_box_for_it(agent: User) -> None:
    fields = PreferencesForm(reader=agent).fields

    assert "clock_warned-in_app" in fields
    assert "clock_warned-mail" not in fields


def test_the_page_is_found_from_the_settings_and_the_inbox(client: Client, agent: User) -> None:
    client.force_login(agent)
    for page in (reverse("accounts:me"), reverse("notifications:inbox"), reverse("mfa_index")):
        assert f'href="{PAGE}"' in client.get(page).content.decode()
    assert ParcelMovedNotice.title in client.get(PAGE).content.decode()
