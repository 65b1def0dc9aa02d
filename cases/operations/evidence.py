"""Evidence on a case: taking files in, and opening them to whoever asks, one recorded look at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

import structlog
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext as _

from cases import events
from cases.evidence_files import Intake, file_name, take_in
from cases.models import Case, Evidence, Party, Reveal
from cases.operations.search import index_case
from cases.policies import (
    REVEALED_FOR,
    check_compartment,
    check_download,
    check_known,
    check_may,
    check_reveal,
    check_words,
    live_reveal,
)
from foundation.accounts.actors import integration_or_none, staff_or_none
from foundation.accounts.models import User
from foundation.accounts.permissions import Compartment, Permission
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.escalation.operations import note_activity
from foundation.workflow.moves import MoveRefused

log = structlog.get_logger(__name__)


class StorageAway(Exception):
    """Where the bytes of evidence are kept does not answer, with the sentence what that means for her."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Added(NamedTuple):
    """What became of a file. ``was_there``: the case held the same bytes already, and nothing was added."""

    evidence: Evidence
    was_there: bool


def add_evidence(
    case: Case,
    *,
    chunks: Iterable[bytes],
    name: str,
    title: str = "",
    description: str = "",
    compartment: str = Compartment.NONE,
    party: Party | None = None,
    unless: Callable[[Case], None] = lambda case: None,
    by: Acting,
    now: datetime,
) -> Added:
    """Take a file in as evidence: its bytes as they are, its digest, and for a picture a copy that is safe to show.

    The bytes are stored before the transaction, so that no row waits for a slow upload, and taken away again when it
    does not commit. unless: looks at the case once it is locked, and raises what keeps the file out.
    Raises FileRefused for a file that is not taken, StorageAway when it cannot be kept now, MoveRefused when ``by`` may not.
    """
    check_may(by, Permission.EVIDENCE_ADD)
    check_compartment(compartment)
    if party is not None and party.case_id != case.pk:
        raise MoveRefused(_("Nobody of that name has a place in this case."), code="invalid")
    original_name = file_name(name)
    title = check_words(title or original_name, at_most=255, needed=_("Evidence has a title."))[:200]
    description = description.strip() and check_words(description, at_most=5_000, needed="")
    intake = take_in(chunks)
    with (
        intake.file,
        _kept_elsewhere(_("The storage of evidence does not answer. Nothing was stored; try again later.")),
    ):
        stored = _store(case, intake)
    try:
        with transaction.atomic():
            case = Case.objects.locked(case.pk)
            unless(case)
            if known := Evidence.objects.filter(case=case, sha256=intake.sha256).first():
                check_known(known, by=by)
                _unstore(stored)
                return Added(known, was_there=True)
            evidence = Evidence.objects.create(
                case=case,
                title=title,
                description=description,
                original_name=original_name,
                content_type=intake.content_type,
                size=intake.size,
                sha256=intake.sha256,
                stored_as=stored.original,
                display_as=stored.shown,
                compartment=compartment,
                party=party,
                added_by=staff_or_none(by),
                integration=integration_or_none(by),
                added_at=now,
            )
            trail.record(
                events.EVIDENCE_ADDED,
                about=case,
                by=by,
                evidence=evidence.pk,
                content_type=intake.content_type,
                size=intake.size,
                sha256=intake.sha256,
                compartment=compartment or None,
                title=title,
            )
            Case.objects.filter(pk=case.pk).update(updated_at=now)
            note_activity(case.subject, now=now)
            index_case(case)
    except BaseException:
        _unstore(stored)
        raise
    return Added(evidence, was_there=False)


@transaction.atomic
def reveal_evidence(evidence: Evidence, *, by: User, now: datetime) -> Reveal:
    """Look behind the veil: opens the file to her for 30 minutes. A look that still lasts is not recorded again."""
    check_reveal(evidence, by=by)
    if reveal := live_reveal(evidence, by=by, now=now):
        return reveal
    reveal = Reveal.objects.create(evidence=evidence, user=by, revealed_at=now, expires_at=now + REVEALED_FOR)
    trail.record(events.EVIDENCE_REVEALED, about=evidence.case, by=by, evidence=evidence.pk, sha256=evidence.sha256)
    return reveal


@transaction.atomic
def download_evidence(evidence: Evidence, *, by: User, now: datetime) -> File[bytes]:
    """The bytes as received, for somebody who has revealed them. Every download is recorded. Raises StorageAway."""
    check_download(evidence, by=by, now=now)
    trail.record(events.EVIDENCE_DOWNLOADED, about=evidence.case, by=by, evidence=evidence.pk, sha256=evidence.sha256)
    return _open(evidence.stored_as)


def shown_picture(evidence: Evidence, *, by: User, now: datetime) -> File[bytes]:
    """The picture to show, for somebody who has revealed it: her look is recorded, each loading of it is not.

    Raises StorageAway.
    """
    check_download(evidence, by=by, now=now)
    if not evidence.display_as:
        raise MoveRefused(_("There is no picture of it to show."), code="not_found")
    return _open(evidence.display_as)


@contextmanager
def _kept_elsewhere(sentence: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # each storage backend raises errors of its own
        log.exception("evidence.storage_away")
        raise StorageAway(sentence) from error


def _open(name: str) -> File[bytes]:
    with _kept_elsewhere(_("The storage of evidence does not answer. Try again later.")):
        return storages["evidence"].open(name)


class _Stored(NamedTuple):
    original: str
    shown: str


def _store(case: Case, intake: Intake) -> _Stored:
    """Put the bytes into the storage backend under names that tell nothing."""
    storage = storages["evidence"]
    name = f"{case.pk}/{uuid4()}"
    original = storage.save(name, File(intake.file))
    if intake.shown is None:
        return _Stored(original, "")
    try:
        return _Stored(original, storage.save(f"{name}-shown{intake.shown.ending}", intake.shown.content))
    except BaseException:
        _unstore(_Stored(original, ""))
        raise


def _unstore(stored: _Stored) -> None:
    """Take the bytes away again. Where that fails they stay behind, and nothing leads to them."""
    for name in filter(None, stored):
        try:
            storages["evidence"].delete(name)
        except Exception:  # each storage backend raises errors of its own; why they were to go is told, not this
            log.exception("evidence.left_behind", name=name)
