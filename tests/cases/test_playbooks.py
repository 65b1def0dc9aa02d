"""Playbooks and their steps on a case."""

import pytest
from django.test import Client
from django.utils import translation

from cases.models import Check, Playbook, PlaybookItem
from cases.operations.editing import edit_case
from cases.operations.work import playbooks_for, start_playbook, tick_check, untick_check
from cases.timeline import timeline_of


@pytest.fixture
def playbook(db):
    playbook = Playbook.objects.create(slug="rings", names={"en": "Rings"}, categories=["theft"])
    for position, text in enumerate(("Ask for the receipt", "Ask the pro"), start=1):
        PlaybookItem.objects.create(playbook=playbook, position=position, texts={"en": text, "es": f"{text} (es)"})
    return playbook


def steps(case, playbook):
    return Check.objects.filter(case=case, item__playbook=playbook)


def test_its_steps_go_below_those_the_case_has(case, agent, playbook, now, happened):
    last = case.checks.count()
    checks = start_playbook(case, playbook=playbook, by=agent, now=now)
    assert [check.text() for check in checks] == ["Ask for the receipt", "Ask the pro"]
    assert checks[0].position > last
    assert happened(case)[-1] == "playbook.started"


def test_it_is_started_once(case, agent, playbook, now):
    start_playbook(case, playbook=playbook, by=agent, now=now)
    start_playbook(case, playbook=playbook, by=agent, now=now)
    assert steps(case, playbook).count() == 2


def test_a_later_wording_changes_no_case(case, agent, playbook, now):
    start_playbook(case, playbook=playbook, by=agent, now=now)
    playbook.items.update(texts={"en": "Something else"})
    assert steps(case, playbook).first().text() == "Ask for the receipt"


def test_a_step_remembers_who_ticked_it_first(case, agent, colleague, playbook, now, happened):
    check = start_playbook(case, playbook=playbook, by=agent, now=now)[0]
    tick_check(check, by=agent, now=now)
    assert tick_check(check, by=colleague, now=now).ticked_by == agent
    assert happened(case).count("check.ticked") == 1


def test_a_tick_is_taken_back(case, agent, playbook, now, happened):
    check = start_playbook(case, playbook=playbook, by=agent, now=now)[0]
    tick_check(check, by=agent, now=now)
    assert untick_check(check, by=agent, now=now).ticked_at is None
    untick_check(check, by=agent, now=now)
    assert happened(case).count("check.unticked") == 1


def test_playbooks_fit_by_category_and_those_of_every_category_fit_all(playbook):
    everywhere = Playbook.objects.create(slug="all", names={"en": "All"})
    assert {playbook, everywhere} <= set(playbooks_for("theft"))
    assert playbook not in playbooks_for("bite")
    assert everywhere in playbooks_for("bite")


def playbooks_of(case):
    return set(case.checks.values_list("item__playbook__slug", flat=True))


def sentences(case, reader):
    return [item.sentence for _day, items in timeline_of(case, reader=reader).days for item in items]


def test_a_new_category_brings_its_playbook(case, agent, now, happened):
    assert playbooks_of(case) == {"home-and-belongings"}
    edit_case(case, version=case.version, changes={"category": "threat"}, by=agent, now=now)
    assert playbooks_of(case) == {"conduct"}
    assert "playbook.started" in happened(case)


def test_a_category_with_the_same_playbook_leaves_its_steps_alone(case, agent, now):
    before = list(case.checks.values_list("pk", flat=True))
    edit_case(case, version=case.version, changes={"category": "unsafe-home"}, by=agent, now=now)
    assert list(case.checks.values_list("pk", flat=True)) == before


def test_work_that_has_begun_is_kept_and_the_new_playbook_is_offered(case, agent, now):
    tick_check(case.checks.first(), by=agent, now=now)
    edit_case(case, version=case.version, changes={"category": "threat"}, by=agent, now=now)
    assert playbooks_of(case) == {"home-and-belongings"}

    client = Client()
    client.force_login(agent)
    assert "Start “Threats and conduct”" in client.get(case.get_absolute_url()).content.decode()
    client.post(f"{case.get_absolute_url()}playbook/")
    assert playbooks_of(case) == {"home-and-belongings", "conduct"}
    assert "Start “Threats and conduct”" not in client.get(case.get_absolute_url()).content.decode()


def test_the_timeline_names_steps_and_playbooks_in_the_readers_language(case, agent, playbook, now):
    with translation.override("es"):
        tick_check(start_playbook(case, playbook=playbook, by=agent, now=now)[0], by=agent, now=now)
    assert any("ticked “Ask for the receipt”" in sentence for sentence in sentences(case, agent))
    with translation.override("es"):
        assert any("Ask for the receipt (es)" in sentence for sentence in sentences(case, agent))
