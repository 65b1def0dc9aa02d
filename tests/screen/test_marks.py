"""The small marks: what they say to somebody who does not see them, and that nothing in them is taken for markup."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.template import Context, Template

from tsdesk.screen import marks

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def chip(**changes):
    given = {
        "metric_label": "Reply",
        "state": "running",
        "percent": 30,
        "due_at": NOW + timedelta(minutes=24),
        "text": "",
        "taken": None,
        "late": None,
        "waiting_on": "",
    }
    return SimpleNamespace(**{**given, **changes})


def draw(source, **context):
    return Template("{% load desk %}" + source).render(Context({"now": NOW, **context}))


def test_a_running_clock_says_what_is_left_and_when_it_is_due():
    html = marks.clock(chip(), now=NOW)
    assert 'class="clock running"' in html
    assert f'data-due="{int((NOW + timedelta(minutes=24)).timestamp())}"' in html
    assert '<span class="sr">running, left </span><span>24m</span>' in html
    assert 'stroke-dasharray="30 100"' in html


def test_a_breached_clock_says_by_how_much_it_is_late():
    html = marks.clock(chip(state="breached", due_at=NOW - timedelta(minutes=72)), now=NOW)
    assert '<span class="sr">breached, late by </span><span>\u22121h 12m</span>' in html


@pytest.mark.parametrize("state", ["paused", "met", "cancelled"])
def test_a_clock_that_stands_does_not_count_down(state):
    assert "data-due" not in marks.clock(chip(state=state, text="6m"), now=NOW)


def test_a_paused_clock_names_whom_it_waits_for():
    html = marks.clock(chip(state="paused", text="3d", waiting_on="Vet record"), now=NOW)
    assert '<span title="Vet record">Vet record</span>' in html
    assert "<span>3d</span>" in html


def test_a_clock_that_was_paused_for_a_while_says_how_long_in_one_unit():
    assert "<span>3d</span>" in marks.clock(chip(state="paused", taken=3 * 86400 + 5000, waiting_on="Vet"), now=NOW)


def test_a_ring_is_never_drawn_past_full():
    assert 'stroke-dasharray="100 100"' in marks.clock(chip(percent=180), now=NOW)


def test_a_name_is_never_taken_for_markup():
    hostile = '"><script>alert(1)</script>'
    for html in (
        marks.who(hostile),
        marks.clock(chip(metric_label=hostile), now=NOW),
        marks.icon("flag", hostile),
        draw("{% eyes people %}", people=[hostile]),
    ):
        assert "<script" not in html


def test_nobody_is_said():
    assert 'aria-label="Nobody"' in draw("{% who nobody %}", nobody=None)


def test_a_severity_says_its_word():
    assert 'aria-label="Severity 1, emergency"' in draw("{% severity 1 %}")


def test_a_time_carries_the_cases_local_time():
    html = draw('{% when at "America/Denver" %}', at=NOW)
    assert 'datetime="2026-11-20T12:00:00+00:00"' in html
    assert 'title="Fri 20 Nov 2026, 05:00 Denver"' in html


def test_a_refused_action_stays_in_sight_with_its_reason():
    offer = SimpleNamespace(
        move=SimpleNamespace(name="resolve", label="Resolve"), refusal="Resolve waits for two gates"
    )
    html = draw("{% action offer key='e' %}{% refusal offer %}", offer=offer)
    assert 'aria-disabled="true" aria-describedby="no-resolve"' in html
    assert 'id="no-resolve"' in html
    assert "Resolve waits for two gates" in html
    assert "data-key" not in html


def test_an_open_action_submits_its_move():
    offer = SimpleNamespace(move=SimpleNamespace(name="take", label="Take"), refusal=None)
    html = draw("{% action offer key='t' kind='primary' %}", offer=offer)
    assert 'class="btn primary" type="submit" name="move" value="take"' in html
    assert 'data-key="t"' in html


def test_text_in_another_language_says_so():
    assert draw("{% lang_span text 'es' %}", text="Perro perdido") == '<span lang="es">Perro perdido</span>'
    assert draw("{% lang_span text 'en-US' %}", text="Lost dog") == "Lost dog"


def test_an_undo_travels_with_its_message():
    message = SimpleNamespace(extra_tags="undo:/moves/12/undo/")
    assert draw("{{ message|undo_url }}", message=message) == "/moves/12/undo/"
