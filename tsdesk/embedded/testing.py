"""How `./desk test` has pytest go about it: with a browser or without, on one core or on all."""

import os

DISTRIBUTION = ["-p", "tests.workers", "--dist", "loadfile", "--no-loadscope-reorder"]
MOST_WORKERS = 4
NUMBER = ("-n", "--numprocesses")
PICKS = ("-k", "-m", "--lf", "--last-failed", "--sw", "--stepwise", "--pdb", "--trace", "-s", "--capture")
"""How options of pytest begin that run few tests, or that need the terminal."""


def reach_browser_tests(arguments: list[str]) -> bool:
    """Whether a run with these arguments needs a browser: of all tests, or of some that name them."""
    places = _places(arguments)
    return not places or any(place.startswith("tests/browser") or place == "tests" for place in places)


def workers(arguments: list[str], *, cores: int | None = None) -> list[str]:
    """The options that have pytest use every core, where there is enough to do: all tests, or those of several folders.

    Each worker makes a database first, so a file or two, or what an option picks, are done sooner by one process; and a
    debugger needs the terminal. Whoever says how many workers (`-n 3`, `-n0`) or none at all (`-p no:xdist`) is heard.
    """
    if "no:xdist" in "".join(arguments):
        return []
    if any(argument.startswith(NUMBER) for argument in arguments):
        return DISTRIBUTION
    places = _places(arguments)
    folders = [place for place in places if not place.endswith(".py") and "::" not in place]
    is_much = not places or "tests" in places or len(folders) > 1
    number = min(cores or _cores(), MOST_WORKERS)
    if number < 2 or not is_much or any(argument.startswith(PICKS) for argument in arguments):
        return []
    return [*DISTRIBUTION, "-n", str(number)]


def _places(arguments: list[str]) -> list[str]:
    return [argument.rstrip("/") for argument in arguments if argument.startswith("tests")]


def _cores() -> int:
    # Not all systems tell which cores this process may use.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
