"""The pages of shifts: who is on now, and every deed with a form that needs no script."""

from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.accounts.models import Team, User
from foundation.audit.actors import SYSTEM
from foundation.escalation import oncall
from foundation.escalation.models import Rotation, Schedule, Shift, ShiftNote, Swap
from foundation.escalation.operations import ask_swap, put_on_shift, start_rotation, write_shift_note
from tests.escalation.rotas import spec

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

Desk = Callable[[User], Client]


@pytest.fixture
def present() -> datetime:
    """The real present: pages live in it."""
    return timezone.now()


@pytest.fixture
def desk(settings: Any) -> Desk:
    settings.DEMO = True  # the second factor of leads is optional there

    def sit_down(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sit_down


@pytest.fixture
def running(schedule: Schedule, agent: User, colleague: User, senior: User, present: datetime) -> Rotation:
    """Maya, Tom and Priya, a day each; Maya is on."""
    return start_rotation(
        schedule,
        spec(agent, colleague, senior, hand_over_at=present.time().replace(microsecond=0), starts_on=present.date()),
        by=SYSTEM,
        now=present,
    )


def text(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def local(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M")


@pytest.mark.usefixtures("running")
def test_the_page_says_who_is_on_until_when_and_who_comes_next(
    desk: Desk, agent: User, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(60):
        page = text(desk(agent).get(reverse("escalation:on_call")))
    assert "US desk" in page
    now, after = page.index("On now"), page.index("Next hand-over")
    assert now < page.index("Maya Osei", now) < after < page.index("Tom Becker", after)
    assert 'aria-current="page"' in page
    assert " style=" not in page


@pytest.mark.usefixtures("running")
def test_the_week_is_read_in_any_zone(desk: Desk, agent: User) -> None:
    page = text(desk(agent).get("/on-call/?zone=Asia/Tokyo&week=2026-12-24"))
    assert "21 Dec – 27 Dec 2026" in page
    assert 'value="Asia/Tokyo" selected' in page
    assert "?zone=Asia%2FTokyo&week=2026-12-28" in page


@pytest.mark.parametrize(
    "asked", ["zone=Mars/Olympus", "week=nonsense", "week=0001-01-01", "week=9999-12-31", "zone=%00"]
)
@pytest.mark.usefixtures("running")
def test_a_week_or_zone_that_is_none_is_the_present_one(desk: Desk, agent: User, asked: str) -> None:
    assert desk(agent).get(f"/on-call/?{asked}").status_code == 200


@pytest.mark.usefixtures("team")
def test_without_a_schedule_the_page_says_what_then(desk: Desk, agent: User, lead: User) -> None:
    assert "calls go to the lead" in text(desk(agent).get("/on-call/"))
    assert reverse("escalation:schedules") in text(desk(lead).get("/on-call/"))
    assert desk(agent).get("/on-call/?team=nowhere").status_code == 404


def test_gaps_and_those_who_left_stand_on_the_page_and_in_the_settings(
    desk: Desk, running: Rotation, schedule: Schedule, colleague: User, lead: User, present: datetime
) -> None:
    colleague.is_active, colleague.deactivated_at = False, present
    colleague.save()
    for path in ("/on-call/", reverse("escalation:schedule", args=[schedule.pk])):
        page = text(desk(lead).get(path))
        assert "gaps with nobody on shift" in page
        assert "Tom Becker has left and still has a turn" in page
    assert "gaps" in text(desk(lead).get(reverse("escalation:schedules")))


@pytest.mark.usefixtures("running")
def test_a_lead_puts_somebody_else_on_shift_and_takes_it_back(
    desk: Desk, schedule: Schedule, agent: User, lead: User, present: datetime
) -> None:
    path, prefix = reverse("escalation:override", args=[schedule.pk]), f"override-{schedule.pk}"
    start = present + 2 * HOUR
    sent = {
        f"{prefix}-zone": "Asia/Tokyo", f"{prefix}-person": lead.pk, f"{prefix}-instead_of": agent.pk,
        f"{prefix}-starts_at": local(start + 9 * HOUR), f"{prefix}-ends_at": local(start + 12 * HOUR),
        "zone": "Asia/Tokyo",
    }  # fmt: skip
    answer = desk(lead).post(path, sent, follow=True)
    assert "Ana Duarte stands in" in text(answer)
    assert 'value="Asia/Tokyo" selected' in text(answer), "back where she was"
    assert oncall.on_shift(schedule, start) == [lead]
    desk(lead).post(reverse("escalation:override_take_back", args=[Shift.objects.get().pk]))
    assert oncall.on_shift(schedule, start) == [agent]
    assert desk(agent).post(path, sent).status_code == 403


@pytest.mark.usefixtures("running")
def test_a_refused_override_keeps_what_was_typed(
    desk: Desk, schedule: Schedule, agent: User, lead: User, present: datetime
) -> None:
    path, prefix = reverse("escalation:override", args=[schedule.pk]), f"override-{schedule.pk}"
    sent = {
        f"{prefix}-zone": "UTC", f"{prefix}-person": lead.pk, f"{prefix}-note": "Dentist",
        f"{prefix}-starts_at": local(present - DAY), f"{prefix}-ends_at": local(present + HOUR),
    }  # fmt: skip
    answer = desk(lead).post(path, sent)
    assert answer.status_code == 422
    assert "That begins in the past" in text(answer)
    assert 'value="Dentist"' in text(answer)
    for wrong in ("", "tomorrow", "0001-01-01T00:00", "9999-12-31T23:59"):
        answer = desk(lead).post(path, sent | {f"{prefix}-starts_at": wrong})
        assert answer.status_code == 422
    assert not Shift.objects.exists()


@pytest.mark.usefixtures("running")
def test_two_colleagues_swap_without_a_lead(
    desk: Desk, schedule: Schedule, agent: User, colleague: User, present: datetime
) -> None:
    page = text(desk(agent).get("/on-call/"))
    spans = [span for span in oncall.spans(schedule, present, present + 9 * DAY) if span.starts_at > present]
    mine = next(span for span in spans if span.person == agent)
    hers = next(span for span in spans if span.person == colleague)
    gives, takes = (f"{span.starts_at.isoformat()}|{span.ends_at.isoformat()}" for span in (mine, hers))
    assert gives in page
    prefix = f"swap-{schedule.pk}"
    sent = {f"{prefix}-shift": gives, f"{prefix}-offer": f"{colleague.pk}|{takes}"}
    answer = desk(agent).post(reverse("escalation:swap", args=[schedule.pk]), sent, follow=True)
    assert "Tom Becker is asked" in text(answer)
    swap = Swap.objects.get()
    assert "Take it" in text(desk(colleague).get("/on-call/"))
    assert "Withdraw" in text(desk(agent).get("/on-call/"))
    answered = reverse("escalation:swap_answer", args=[swap.pk])
    assert "Somebody else was asked" in text(desk(agent).post(answered, {"answer": "accept"}, follow=True))
    assert "say which" in text(desk(colleague).post(answered, {"answer": "perhaps"}, follow=True))
    assert "It is yours" in text(desk(colleague).post(answered, {"answer": "accept"}, follow=True))
    assert oncall.on_shift(schedule, mine.starts_at) == [colleague]
    assert oncall.on_shift(schedule, hers.starts_at) == [agent]


@pytest.mark.usefixtures("running")
def test_a_swap_of_what_is_not_hers_is_no_choice(desk: Desk, schedule: Schedule, agent: User, colleague: User) -> None:
    prefix = f"swap-{schedule.pk}"
    sent = {f"{prefix}-shift": "2026-01-01|2026-01-02", f"{prefix}-offer": "x|y"}
    assert desk(agent).post(reverse("escalation:swap", args=[schedule.pk]), sent).status_code == 422
    assert not Swap.objects.exists()


@pytest.mark.usefixtures("running")
def test_a_note_is_left_read_and_confirmed_on_the_page(
    desk: Desk, schedule: Schedule, agent: User, senior: User, colleague: User, admin: User, stranger: User
) -> None:
    path = reverse("escalation:shift_note", args=[schedule.pk])
    answer = desk(senior).post(path, {f"note-{schedule.pk}-body": "TS-12 waits for the vet."}, follow=True)
    assert "TS-12 waits" in text(answer)
    note = ShiftNote.objects.get()
    confirm = reverse("escalation:shift_note_read", args=[note.pk])
    assert "Whoever is on shift confirms" in text(desk(colleague).post(confirm, follow=True))
    assert "read by Maya Osei" in text(desk(agent).post(confirm, follow=True))
    for outsider in (admin, stranger):
        assert "TS-12" not in text(desk(outsider).get("/on-call/?team=us"))
        refused = desk(outsider).post(path, {f"note-{schedule.pk}-body": "x"})
        assert (refused.status_code, "TS-12" in text(refused)) == (422, False)


def test_a_note_is_not_told_to_another_team_that_shares_a_page(
    desk: Desk, schedule: Schedule, agent: User, stranger: User, present: datetime
) -> None:
    put_on_shift(schedule, person=stranger, starts_at=present, ends_at=None, by=SYSTEM, now=present)
    write_shift_note(schedule, body="TS-12 waits for the vet.", by=agent, now=present)
    page = text(desk(stranger).get("/on-call/?team=us"))
    assert "Lucía Ferrer" in page
    assert "TS-12" not in page


@pytest.mark.usefixtures("running")
def test_what_is_asked_between_two_is_shown_to_them_and_to_leads(
    desk: Desk, schedule: Schedule, agent: User, colleague: User, senior: User, lead: User, present: datetime
) -> None:
    turn = next(
        span for span in oncall.spans(schedule, present, present + 9 * DAY)
        if span.person == agent and span.starts_at > present
    )  # fmt: skip
    ask_swap(schedule, asked_of=colleague, gives=turn[:2], takes=None, by=agent, now=present)
    sees = {user.name: "asks whether" in text(desk(user).get("/on-call/")) for user in (agent, colleague, senior, lead)}
    assert sees == {"Maya Osei": True, "Tom Becker": True, "Priya Nair": False, "Ana Duarte": True}


def test_a_schedule_is_made_and_somebody_put_on_shift(desk: Desk, team: Team, lead: User, agent: User) -> None:
    client = desk(lead)
    client.post(reverse("escalation:schedule_new"), {"name": "Desk", "team": team.pk, "time_zone": "America/Denver"})
    made = Schedule.objects.get()
    sent = {
        "shift-zone": "UTC",
        "shift-person": agent.pk,
        "shift-starts_at": local(timezone.now() + HOUR),
        "shift-ends_at": "",
    }
    answer = client.post(reverse("escalation:shift_add", args=[made.pk]), sent, follow=True)
    assert "Maya Osei is put on shift" in text(answer)
    assert oncall.on_shift(made, timezone.now() + DAY) == [agent]
    client.post(reverse("escalation:shift_end", args=[Shift.objects.get().pk]))
    assert oncall.on_shift(made, timezone.now() + DAY) == []
    sent = {"name": "Desk", "time_zone": "UTC", "mon": "09:00-17:00, 16:00-18:00", "is_active": "on"}
    refused = client.post(reverse("escalation:schedule", args=[made.pk]), sent)
    assert refused.status_code == 422
    assert "overlap" in text(refused)
    client.post(reverse("escalation:schedule", args=[made.pk]), sent | {"mon": "09:00-17:00"})
    made.refresh_from_db()
    assert (made.time_zone, made.hours) == ("UTC", {"mon": {"09:00": "17:00"}})


def rotation_sent(*people: User, **options: Any) -> dict[str, Any]:
    sent = {
        "name": "Nights", "length": 1, "unit": "day", "weekday": 0, "hand_over_at": "20:00", "time_zone": "UTC",
        "starts_on": str(timezone.now().date() + DAY), "mon": "20:00-08:00", "seen": "",
    } | {f"person-{n}": person.pk for n, person in enumerate(people)}  # fmt: skip
    return sent | options


def test_a_rotation_is_seen_before_it_is_saved(
    desk: Desk, schedule: Schedule, agent: User, colleague: User, lead: User
) -> None:
    client, path = desk(lead), reverse("escalation:rotation_new", args=[schedule.pk])
    assert client.get(path).status_code == 200
    sent = rotation_sent(agent, colleague)
    assert "The next four weeks" in text(client.post(path, sent | {"step": "save"})), "never unseen"
    assert not Rotation.objects.exists()
    previewed = client.post(path, sent | {"step": "preview"})
    seen = {"seen": previewed.context["form"]["seen"].value()}
    assert "Maya Osei" in text(previewed)
    assert text(previewed).count('class="lanes"') == 4
    other = client.post(path, sent | seen | {"step": "save", "hand_over_at": "21:00"})
    assert "The next four weeks" in text(other), "what was changed since is seen again"
    assert not Rotation.objects.exists()
    assert client.post(path, sent | seen | {"step": "save"}).status_code == 302
    saved = Rotation.objects.get()
    assert (saved.name, saved.hours, saved.created_by) == ("Nights", {"mon": {"20:00": "08:00"}}, lead)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"person-0": "", "person-1": ""}, "at least one person"),
        ({"time_zone": "Mars/Olympus"}, "not a known time zone"),
        ({"mon": "09:00-12:00, 11:00-13:00"}, "overlap"),
        ({"starts_on": "2020-01-01"}, "in the past"),
        ({"starts_on": "soon"}, "Write a date"),
        ({"hand_over_at": "noon"}, "Write a time"),
        ({"length": "99"}, "30"),
        ({"mon": "nine to five"}, "not hours"),
    ],
)
def test_a_rotation_that_cannot_be_is_refused_on_its_page(
    desk: Desk, schedule: Schedule, agent: User, lead: User, wrong: dict[str, str], sentence: str
) -> None:
    path = reverse("escalation:rotation_new", args=[schedule.pk])
    answer = desk(lead).post(path, rotation_sent(agent) | wrong | {"step": "preview"})
    assert answer.status_code == 422
    assert sentence in text(answer)


def test_somebody_who_left_has_to_go_from_the_order(
    desk: Desk, running: Rotation, colleague: User, agent: User, lead: User, present: datetime
) -> None:
    colleague.is_active, colleague.deactivated_at = False, present
    colleague.save()
    path = reverse("escalation:rotation", args=[running.pk])
    assert "Tom Becker (has left)" in text(desk(lead).get(path))
    answer = desk(lead).post(path, rotation_sent(agent, colleague, step="preview"))
    assert "Tom Becker has left and cannot be on shift" in text(answer)


def test_a_rotation_is_changed_and_ended(
    desk: Desk, running: Rotation, schedule: Schedule, senior: User, lead: User
) -> None:
    client, path = desk(lead), reverse("escalation:rotation", args=[running.pk])
    sent = rotation_sent(senior, mon="")
    seen = {"seen": client.post(path, sent | {"step": "preview"}).context["form"]["seen"].value()}
    client.post(path, sent | seen | {"step": "save"})
    later = timezone.now() + 5 * DAY
    assert oncall.on_shift(schedule, later) == [senior]
    assert "has changed this rotation since" in text(client.post(path, sent | {"step": "preview"}))
    newest = Rotation.objects.latest("pk")
    client.post(reverse("escalation:rotation_end", args=[newest.pk]))
    assert oncall.on_shift(schedule, later) == []
    assert "Earlier ones" in text(client.get(reverse("escalation:schedule", args=[schedule.pk])))


@pytest.mark.parametrize("language", ["es", "pt"])
@pytest.mark.usefixtures("running")
def test_bars_stand_where_they_belong_in_every_language(desk: Desk, agent: User, language: str) -> None:
    agent.language = language
    agent.save()
    page = desk(agent).get("/on-call/").content.decode()
    assert 'x="0.000%"' in page
    assert "0,000%" not in page
