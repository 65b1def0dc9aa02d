"""A legal hold keeps the texts about a case."""

import pytest
from django.db import transaction

from cases.models import Case
from cases.operations.work import add_note
from foundation.audit import holds
from foundation.audit.operations import erase_texts
from foundation.audit.timeline import entries_about


def test_a_case_on_hold_keeps_its_texts(case, agent, admin, now):
    add_note(case, body="Keep this.", by=agent, now=now)
    Case.objects.filter(pk=case.pk).update(legal_hold=True)
    with pytest.raises(holds.Held, match=case.reference), transaction.atomic():
        erase_texts(case.subject, by=admin, reason="asked", now=now)
    assert "Keep this." in [entry.texts.get("body") for entry in entries_about(case.subject)]


def test_a_case_without_a_hold_loses_them_and_keeps_its_history(case, agent, admin, now):
    add_note(case, body="Forget this.", by=agent, now=now)
    erase_texts(case.subject, by=admin, reason="asked", now=now)
    notes = [entry for entry in entries_about(case.subject) if entry.event.code == "note.added"]
    assert [entry.texts["body"] for entry in notes] == [None]
