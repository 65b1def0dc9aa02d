"""The one way an entry is written out before it is hashed. docs/audit.md gives the same rules to whoever checks.

A line is JSON with sorted keys, no spaces and no escapes beyond JSON's own, in UTF-8; instants are ISO 8601 in UTC
with six digits of a second. A seal's hash is SHA-256 over the line of what it seals: the hash before it and, in
order, each entry's id and digest.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC
from typing import Any

from foundation.audit.models import Entry

FIRST = "0" * 64
"""What stands for the previous hash in the first seal."""


def line(record: Any) -> str:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def entry_record(entry: Entry) -> dict[str, Any]:
    """An entry as it is hashed and exported."""
    return {
        "id": entry.pk,
        "recorded_at": entry.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "event": entry.event,
        "actor": [entry.actor_kind, entry.actor_id],
        "subject": [entry.subject_kind, entry.subject_id],
        "data": entry.data,
        "texts": entry.texts,
    }


def digest(entry: Entry) -> str:
    """SHA-256 of the entry's line, in hexadecimal."""
    return hashlib.sha256(line(entry_record(entry)).encode("utf-8", "surrogatepass")).hexdigest()


def seal_hash(previous: str, members: Iterable[tuple[int, str]]) -> str:
    """The hash of a seal over (entry id, digest) in the order of their positions."""
    sealed = {"previous": previous, "entries": [[entry_id, entry_digest] for entry_id, entry_digest in members]}
    return hashlib.sha256(line(sealed).encode()).hexdigest()
