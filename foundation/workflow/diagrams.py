"""Every workflow of the house as a page: its diagram in Mermaid and its table of moves, made from the table itself."""

from collections.abc import Iterator
from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from foundation.accounts.permissions import ROLES
from foundation.workflow.moves import Move, Workflow


def all_workflows() -> Iterator[Workflow]:
    """The workflows that the installed apps declare in their workflow.py, by name."""
    found: dict[str, Workflow] = {}
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "workflow"):
            module = import_module(f"{app.name}.workflow")
            found |= {value.name: value for value in vars(module).values() if isinstance(value, Workflow)}
    return (found[name] for name in sorted(found))


def page(workflow: Workflow) -> str:
    """The page in docs/states/ about one workflow, in English."""
    title = workflow.name.replace("_", " ")
    return "\n".join(
        [
            f"# States of a record of kind {title}",
            "",
            "Made by `./desk manage state_diagrams` from the table of moves; a test keeps it current.",
            "",
            "```mermaid",
            *_diagram(workflow),
            "```",
            "",
            "| Move | From | To | Who | Event |",
            "|---|---|---|---|---|",
            *(_row(move) for move in workflow),
            "",
        ]
    )


def _diagram(workflow: Workflow) -> Iterator[str]:
    """The first state is where a record starts; a move that changes no state is a loop."""
    yield "stateDiagram-v2"
    states = [str(state) for state in workflow.states.values]
    for state in states:
        yield f"    {state}: {workflow.labels[state]}"
    yield f"    [*] --> {states[0]}"
    for state in states:
        arrows: dict[str, list[str]] = {}
        for move in workflow:
            if state in move.sources:
                arrows.setdefault(move.target or state, []).append(move.name)
        for target, names in arrows.items():
            yield f"    {state} --> {target}: {', '.join(names)}"


def _row(move: Move) -> str:
    sources = ", ".join(sorted(move.sources))
    return f"| `{move.name}` | {sources} | {move.target or 'the same'} | {_who(move)} | `{move.event}` |"


def _who(move: Move) -> str:
    roles = [role.value for role, spec in ROLES.items() if move.permission in spec.permissions]
    if move.permission is None or move.system:
        roles.append("the desk itself")
    return ", ".join(roles)
