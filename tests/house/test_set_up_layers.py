"""Domain files know nothing of HTTP. import-linter sees to everything else (see pyproject.toml)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("cases", "people", "foundation")
DOMAIN = ("models", "operations", "policies", "querysets", "workflow", "events")
HTTP = ("django.http", "django.shortcuts", "django.views", "rest_framework", "celery")

FILES = [
    file
    for floor in FLOORS
    for file in (ROOT / floor).rglob("*.py")
    if file.stem in DOMAIN or file.parent.name in DOMAIN
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_domain_file_imports_no_http(file: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module)
    assert [name for name in sorted(imported) if name.startswith(HTTP)] == []


def test_the_launcher_needs_nothing_installed() -> None:
    import sys

    imported = set()
    for file in [ROOT / "desk", *(ROOT / "tsdesk" / "embedded").glob("*.py"), ROOT / "tsdesk" / "__init__.py"]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.module.startswith("tsdesk.embedded"):
                imported.add(node.module.split(".")[0])
    assert imported - sys.stdlib_module_names == set()
