"""Tasks and their reminders."""

from datetime import timedelta
from uuid import uuid4

import pytest

from cases.models import Task
from cases.operations.moves import take_case
from cases.operations.timers import sweep_due_tasks
from cases.operations.work import add_task, finish_task, reopen_task
from cases.panels import LIMIT, panels_of
from foundation.workflow.moves import MoveRefused

HOUR = timedelta(hours=1)


def test_whoever_gets_a_task_is_told(case, agent, colleague, now, told, happened):
    add_task(case, title="Call the vet", assignee=colleague, due_at=now + HOUR, by=agent, now=now)
    assert told(colleague) == ["task_given"]
    assert happened(case)[-1] == "task.added"


def test_a_task_goes_only_to_somebody_who_sees_the_case(case, agent, stranger, now):
    with pytest.raises(MoveRefused, match="Lucía Ferrer cannot be given this case"):
        add_task(case, title="Call the vet", assignee=stranger, by=agent, now=now)


def test_sent_twice_it_is_one_task(case, agent, now):
    submission = uuid4()
    for _ in range(2):
        add_task(case, title="Call", submission=submission, by=agent, now=now)
    assert Task.objects.count() == 1


def test_finished_it_says_who_and_when_to_the_next(case, agent, colleague, now, happened):
    task = add_task(case, title="Call", by=agent, now=now)
    finish_task(task, by=agent, now=now)
    assert finish_task(task, by=agent, now=now).done_by == agent
    with pytest.raises(MoveRefused, match="Maya Osei finished it"):
        finish_task(task, by=colleague, now=now)
    assert happened(case).count("task.done") == 1


def test_undone_it_is_open_again(case, agent, colleague, now):
    task = finish_task(add_task(case, title="Call", by=agent, now=now), by=agent, now=now)
    opened = reopen_task(task, by=colleague, now=now)
    assert (opened.done_at, opened.done_by) == (None, None)


def test_open_tasks_are_shown_however_many_are_done(case, agent, now):
    for number in range(LIMIT):
        finish_task(add_task(case, title=f"Call {number}", by=agent, now=now), by=agent, now=now)
    task = add_task(case, title="Ask for photos", due_at=now + HOUR, by=agent, now=now)
    assert panels_of(case, reader=agent, language="en", now=now).tasks[0] == task


def test_due_it_reminds_its_owner_once(case, agent, colleague, now, told):
    add_task(case, title="Call", assignee=colleague, due_at=now + HOUR, by=agent, now=now)
    assert sweep_due_tasks(now) == 0
    assert sweep_due_tasks(now + HOUR) == 1
    assert sweep_due_tasks(now + HOUR) == 0
    assert told(colleague) == ["task_given", "task_due"]


def test_a_task_of_nobody_reminds_the_owner_of_the_case(case, agent, now, told):
    take_case(case, by=agent, now=now)
    add_task(case, title="Call", due_at=now, by=agent, now=now)
    sweep_due_tasks(now)
    assert told(agent) == ["task_due"]


def test_done_in_time_it_reminds_nobody(case, agent, now, told):
    take_case(case, by=agent, now=now)
    finish_task(add_task(case, title="Call", due_at=now + HOUR, by=agent, now=now), by=agent, now=now)
    assert sweep_due_tasks(now + HOUR) == 0
    assert told(agent) == []


def test_a_task_says_what_to_do(case, agent, now):
    with pytest.raises(MoveRefused, match="says what to do"):
        add_task(case, title=" ", by=agent, now=now)
