"""The tables of moves, the events, the notices and what is drawn from them hang together."""

import ast
import inspect
import re
from pathlib import Path
from string import Formatter

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.utils import translation

from cases.forms import MOVE_FORMS
from cases.operations.moves import MOVES_BY_NAME
from cases.workflow import CASE_WORKFLOW
from foundation.accounts.permissions import ROLES
from foundation.audit.events import all_events
from foundation.escalation.reasons import reason_name
from foundation.notifications.notices import all_notices
from foundation.workflow.diagrams import all_workflows, page

WORKFLOWS = list(all_workflows())
MOVES = [pytest.param(workflow, move, id=f"{workflow.name}-{move.name}") for workflow in WORKFLOWS for move in workflow]
EVERY_WORKFLOW = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)


def sources() -> list[Path]:
    """Every file of ours that holds code of the house."""
    floors = ("foundation", "people", "cases", "tsdesk")
    return [
        path for floor in floors for path in (settings.ROOT / floor).rglob("*.py") if "migrations" not in path.parts
    ]


def test_there_are_workflows():
    assert {"case", "escalation"} <= {workflow.name for workflow in WORKFLOWS}


@EVERY_WORKFLOW
def test_every_state_is_reached_from_the_first(workflow):
    states = [str(value) for value in workflow.states.values]
    reached = {states[0]}
    while True:
        further = {str(move.target) for move in workflow if move.target and move.sources & reached} - reached
        if not further:
            break
        reached |= further
    assert reached == set(states)


@pytest.mark.parametrize(("workflow", "move"), MOVES)
def test_every_move_starts_and_ends_in_states_of_its_workflow(workflow, move):
    states = set(workflow.states.values)
    assert move.sources
    assert move.sources <= states
    assert move.target is None or move.target in states


@pytest.mark.parametrize(("workflow", "move"), MOVES)
def test_every_move_can_be_made_by_a_role_or_by_the_desk(workflow, move):
    held = any(move.permission in spec.permissions for spec in ROLES.values())
    assert move.permission is None or held


@pytest.mark.parametrize(("workflow", "move"), MOVES)
def test_every_move_has_a_label_and_a_declared_event(workflow, move):
    assert str(move.label)
    assert move.event in all_events()


def test_two_moves_of_a_workflow_share_no_event():
    for workflow in WORKFLOWS:
        codes = [move.event.code for move in workflow]
        assert len(codes) == len(set(codes))


def test_every_move_of_a_case_has_its_operation_and_every_operation_its_move():
    assert set(MOVES_BY_NAME) == {move.name for move in CASE_WORKFLOW}


def test_the_fields_of_a_move_are_those_of_the_contract():
    required = {
        name: {field for field, spec in form.base_fields.items() if spec.required} for name, form in MOVE_FORMS.items()
    }
    assert {name: fields for name, fields in required.items() if fields} == {
        "hand_over": {"to"},
        "wait": {"on"},
        "resolve": {"outcome"},
        "reopen": {"reason"},
        "mark_duplicate": {"of"},
        "escalate": {"reason"},
    }


def test_every_field_of_a_move_is_taken_by_its_operation():
    for name, form in MOVE_FORMS.items():
        taken = inspect.signature(MOVES_BY_NAME[name]).parameters
        assert set(form.base_fields) <= set(taken) - {"case", "by", "now"}


@EVERY_WORKFLOW
def test_its_diagram_is_current(workflow):
    """Run `./desk manage state_diagrams` after changing a table of moves."""
    with translation.override("en"):
        assert (settings.ROOT / "docs" / "states" / f"{workflow.name}.md").read_text(encoding="utf-8") == page(workflow)


def test_no_diagram_outlives_its_workflow():
    drawn = {path.stem for path in (settings.ROOT / "docs" / "states").glob("*.md")}
    assert drawn == {workflow.name for workflow in WORKFLOWS}


@pytest.mark.parametrize("event", all_events(), ids=str)
def test_every_event_is_named_noun_past_and_has_a_sentence(event):
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", event.code)
    sentence = str(event.sentence)
    assert sentence
    assert not sentence.endswith((".", "!"))
    assert "please" not in sentence.lower()
    named = {name for _text, name, _spec, _conversion in Formatter().parse(sentence) if name is not None}
    assert "" not in named
    assert not named & event.texts, "a free text is no part of a sentence: it lies encrypted"


def test_every_event_is_recorded_somewhere():
    names = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for path in sources()
        if path.name != "events.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.Name)
    }
    declared = {
        target.id: path
        for path in sources()
        if path.name == "events.py"
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    unused = {name: str(path.relative_to(settings.ROOT)) for name, path in declared.items() if name not in names}
    assert unused == {}


@pytest.mark.parametrize("notice", all_notices(), ids=lambda notice: notice.code)
@pytest.mark.parametrize("part", ["subject.txt", "body.txt", "inbox.html"])
def test_every_notice_has_its_templates(notice, part):
    assert get_template(f"{notice.template}.{part}")


@pytest.mark.parametrize("notice", all_notices(), ids=lambda notice: notice.code)
def test_every_notice_has_a_title_and_a_way_to_travel(notice):
    assert str(notice.title)
    assert notice.channels


def test_every_template_of_a_notice_has_its_notice():
    codes = {path.name.split(".")[0] for path in (settings.ROOT / "templates" / "notices").iterdir()}
    assert codes - {notice.code for notice in all_notices()} <= {"bare", "digest"}


@pytest.mark.parametrize("reason", ["by_hand", "level:nobody", "breach:first_response", "breach:resolution"])
def test_every_reason_of_an_escalation_has_a_name(reason):
    assert reason not in str(reason_name(reason))
