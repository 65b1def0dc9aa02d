"""Pages of a list, by cursor: stable while rows arrive, and as fast on the last page as on the first."""

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

LARGEST_KEY = 2**63 - 1


class NewestFirst(CursorPagination):
    """`{results, next, previous}`, newest rows first; `?page_size=` up to 200.

    Ordered by key alone: rows that were imported together share every instant, and a cursor needs what is unique.
    """

    ordering = ("-pk",)
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor: Cursor | None = super().decode_cursor(request)
        except NotFound:
            raise _unreadable() from None
        if cursor is not None and cursor.position is not None and not _is_key(str(cursor.position)):
            raise _unreadable()
        return cursor


def _is_key(position: str) -> bool:
    return position.isascii() and position.isdecimal() and len(position) < 20 and int(position) <= LARGEST_KEY


def _unreadable() -> ValidationError:
    return ValidationError({"cursor": [_("This cursor is not one that the desk gave.")]})
