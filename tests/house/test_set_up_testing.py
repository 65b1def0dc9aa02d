"""On how many cores `./desk test` tests, and where its services keep what is theirs."""

from pathlib import Path

import pytest

from tsdesk.embedded.services import beside_the_desk
from tsdesk.embedded.testing import DISTRIBUTION, reach_browser_tests, workers


@pytest.mark.parametrize("arguments", [[], ["-q"], ["tests"], ["tests/", "-x"], ["tests/cases", "tests/people"]])
def test_all_tests_and_those_of_several_folders_are_shared_among_the_cores(arguments: list[str]) -> None:
    assert workers(arguments, cores=2) == [*DISTRIBUTION, "-n", "2"]
    assert workers(arguments, cores=64) == [*DISTRIBUTION, "-n", "4"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["tests/cases"], ["tests/cases/test_taking.py"], ["tests/cases/test_taking.py", "tests/people/test_merging.py"],
        ["tests/cases/test_taking.py::test_a", "tests/people"], ["-k", "merge"], ["--lf"], ["tests", "--pdb"], ["-s"],
    ],
)  # fmt: skip
def test_a_few_tests_pay_for_no_workers(arguments: list[str]) -> None:
    assert workers(arguments, cores=2) == []


def test_one_core_has_no_workers() -> None:
    assert workers([], cores=1) == []


@pytest.mark.parametrize("arguments", [["-n0"], ["-n", "3"], ["--numprocesses=2", "tests/cases"]])
def test_whoever_says_how_many_is_heard(arguments: list[str]) -> None:
    assert workers(arguments, cores=2) == DISTRIBUTION


@pytest.mark.parametrize("arguments", [["-p", "no:xdist"], ["-pno:xdist", "tests"]])
def test_whoever_wants_no_distribution_at_all_is_heard(arguments: list[str]) -> None:
    assert workers(arguments, cores=2) == []


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [([], True), (["tests"], True), (["tests/cases", "tests/browser"], True), (["tests/cases"], False)],
)
def test_a_browser_is_looked_for_where_its_tests_run(arguments: list[str], needed: bool) -> None:
    assert reach_browser_tests(arguments) == needed


def test_others_may_not_look_into_a_state_that_the_tests_were_the_first_to_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "not there yet" / "state"
    monkeypatch.setenv("TSDESK_STATE", str(state))
    assert beside_the_desk("test").parent == state
    assert state.stat().st_mode & 0o066 == 0
