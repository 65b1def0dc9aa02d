"""Free texts of the trail, encrypted with a key of their subject.

A text is stored as salt + UTF-8 under AES-256-GCM with the subject's key, which is itself stored wrapped by
``settings.TRAIL_KEY``. Whoever destroys the subject's key erases every text about it, copies and backups of
the payloads included; the entries and their chain stay as they are.

The salt keeps a short text (a name, a telephone number) from being found by hashing guesses once its key is gone.
"""

import hashlib
import os
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection

from foundation.audit.actors import Subject
from foundation.audit.models import Payload, SubjectKey

SALT = 16
NONCE = 12


class Kept(NamedTuple):
    """Where a text lies, and the SHA-256 of its salt and itself, which the entry carries."""

    id: UUID
    sha256: str


class Unreadable(Exception):
    """A payload that its key does not open: it was changed, or the trail's key is another one."""


def keep(text: str, *, about: Subject) -> Kept:
    """Store a text under its subject's key, which is made when it is the first."""
    return keep_all([(about, text)])[0]


def keep_all(texts: Sequence[tuple[Subject, str]]) -> list[Kept]:
    """`keep` each of these texts about its subject, in the same order: one statement for all whose keys are there."""
    keys = _live_keys({about for about, _text in texts})
    kept, rows = [], []
    for about, text in texts:
        key_id, key = keys[about]
        payload_id = uuid4()
        plain = os.urandom(SALT) + text.encode()
        rows.append(Payload(id=payload_id, key_id=key_id, ciphertext=_seal(key, plain, payload_id.bytes)))
        kept.append(Kept(payload_id, hashlib.sha256(plain).hexdigest()))
    Payload.objects.bulk_create(rows)
    return kept


def read(ids: Collection[str]) -> dict[str, str | None]:
    """The texts of these payloads, None for one that was erased. One query."""
    payloads = Payload.objects.filter(pk__in=ids).select_related("key") if ids else ()
    return {str(payload.pk): plain[SALT:].decode() if (plain := unlock(payload)) else None for payload in payloads}


def unlock(payload: Payload) -> bytes | None:
    """Salt and text of a payload whose key is loaded, or None when the key was destroyed. Raises Unreadable."""
    if payload.key.wrapped is None:
        return None
    about = Subject(payload.key.subject_kind, payload.key.subject_id)
    return _open(_unwrap(payload.key.wrapped, about), payload.ciphertext, payload.pk.bytes)


def _live_keys(subjects: Collection[Subject]) -> dict[Subject, tuple[int, bytes]]:
    """Id and key of each subject, made for those that have none."""
    named = {"subject_kind__in": {about.kind for about in subjects}, "subject_id__in": {about.id for about in subjects}}
    rows = SubjectKey.objects.filter(**named, destroyed_at=None)
    boxes = {Subject(row.subject_kind, row.subject_id): (row.pk, row.wrapped) for row in rows}
    keys = {}
    for about in subjects:
        key_id, wrapped = boxes.get(about) or _make_key(about)
        assert wrapped is not None  # a live key always has one, says the table
        keys[about] = key_id, _unwrap(wrapped, about)
    return keys


def _make_key(about: Subject) -> tuple[int, bytes]:
    wrapped = _seal(_master(settings.TRAIL_KEY), AESGCM.generate_key(256), _name(about))
    with connection.cursor() as cursor:
        # Two first texts at once: the second waits for the first to commit and gets its key.
        cursor.execute(
            "INSERT INTO audit_subjectkey (subject_kind, subject_id, wrapped) VALUES (%s, %s, %s)"
            " ON CONFLICT (subject_kind, subject_id) WHERE destroyed_at IS NULL"
            " DO UPDATE SET subject_id = excluded.subject_id RETURNING id, wrapped",
            [about.kind, about.id, wrapped],
        )
        key_id, stored = cursor.fetchone()
    return key_id, stored


@lru_cache(maxsize=4)
def _master(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tsdesk trail").derive(secret.encode())


def _name(about: Subject) -> bytes:
    return f"{about.kind}:{about.id}".encode()


def _unwrap(wrapped: bytes | memoryview, about: Subject) -> bytes:
    return _open(_master(settings.TRAIL_KEY), wrapped, _name(about))


def _seal(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def _open(key: bytes, sealed: bytes | memoryview, bound_to: bytes) -> bytes:
    sealed = bytes(sealed)
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise Unreadable("A text of the trail does not open with its key.") from error
