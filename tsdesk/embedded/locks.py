"""`./desk lock`: pins every library, with hashes, for every platform, without a registry's address."""

import subprocess
import sys

from tsdesk.embedded.venv import LOCKS, OLDEST_PYTHON, ROOT, uv_program
from tsdesk.embedded.words import Failure, say


def write_locks(options: list[str]) -> int:
    """Write requirements/*.txt from *.in. Versions move only with `--upgrade` or `--upgrade-package NAME`."""
    for kind, lock in LOCKS.items():
        # Development takes the versions of the running desk, so that tests test what runs.
        constraint = ["--constraint", "requirements/runtime.txt"] if kind == "dev" else []
        command = [
            *uv_program(), "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header",
            "--no-emit-index-url", "--no-emit-find-links", "--python-version", OLDEST_PYTHON,
            *constraint, *options, f"requirements/{kind}.in", "--output-file", f"requirements/{kind}.txt",
        ]  # fmt: skip
        finished = subprocess.run(command, cwd=ROOT, stdout=sys.stderr)
        if finished.returncode != 0:
            raise Failure(f"{lock.name} could not be pinned")
        say(f"wrote requirements/{lock.name}")
    return 0
