"""The sealed trail as lines of JSON, for whoever checks it without this software."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from foundation.audit.canonical import entry_record, line
from foundation.audit.models import Seal, Sealed


class Command(BaseCommand):
    help = "Write every seal and its entries to stdout, one JSON document a line. docs/verify_trail.py checks them."

    def handle(self, *args: Any, **options: Any) -> None:
        for document in documents():
            self.stdout.write(document)


def documents() -> Iterator[str]:
    """A line for each seal, followed by a line for each of its entries. Texts stay behind: entries hold their digests."""
    with transaction.atomic():
        for seal in Seal.objects.order_by("pk").iterator(chunk_size=500):
            yield line({"seal": seal.pk, "entries": seal.entries, "previous": seal.previous_hash, "hash": seal.hash})
            for member in Sealed.objects.filter(seal=seal).select_related("entry").order_by("position"):
                yield line(entry_record(member.entry))
