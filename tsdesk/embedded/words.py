"""What the launcher says. Its own words go to stderr: stdout belongs to the command."""

import sys


class Failure(Exception):
    """Something the reader can act on; its text is printed without a traceback and the command ends with 1."""


def say(text: str) -> None:
    print(f"desk: {text}", file=sys.stderr, flush=True)
