"""`./desk lint`: every check that needs no service."""

import os
import secrets
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from tsdesk.embedded.venv import ROOT, ensure_environment
from tsdesk.embedded.words import say

# A desk as it is deployed, so that Django's deployment checks judge what will run. Nothing listens there.
DEPLOYED = {
    "DJANGO_SETTINGS_MODULE": "tsdesk.settings",
    "DATABASE_URL": "postgres://tsdesk:none@127.0.0.1:1/tsdesk",
    "TSDESK_OWNER_DATABASE_URL": "postgres://tsdesk_owner:none@127.0.0.1:1/tsdesk",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "TSDESK_BASE_URL": "https://desk.example.com",
    "TSDESK_DEMO": "0",
    "TSDESK_DEBUG": "0",
}


def lint(arguments: list[str]) -> int:
    """Run all checks, or those named; print what the failing ones say. 1 when any failed."""
    python = ensure_environment(kind="dev")
    checks = {
        "ruff": ["ruff", "check", "."],
        "format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "imports": ["lint-imports", "--no-cache"],
        "templates": ["djlint", "templates", "--lint", "--quiet"],
        # It would like to compare with a database; there is none here.
        "migrations": ["python", "-W", "ignore::RuntimeWarning", "manage.py", "makemigrations", "--check", "--dry-run"],
        "deployment": ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    }
    chosen = {name: command for name, command in checks.items() if not arguments or name in arguments}
    env = {**os.environ, **DEPLOYED, "TSDESK_SECRET_KEY": secrets.token_urlsafe(48)}
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = pool.map(
            lambda name: _check(name, [str(python.parent / chosen[name][0]), *chosen[name][1:]], env), chosen
        )
        return 0 if all(list(results)) else 1


def _check(name: str, command: list[str], env: dict[str, str]) -> bool:
    began = time.monotonic()
    finished = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    passed = finished.returncode == 0
    words = "" if passed else f"\n{finished.stdout}{finished.stderr}"
    say(f"{'ok    ' if passed else 'FAILED'} {name} ({time.monotonic() - began:.1f} s){words}")
    return passed
