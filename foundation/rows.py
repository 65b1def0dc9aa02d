"""Writing many rows of a table by one statement, where bulk_create would have PostgreSQL plan each value of each row."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, models


class _Table(NamedTuple):
    """The columns of a model that a row is written by, each with its type; the database fills in the others."""

    name: str
    columns: Sequence[tuple[str, str, str]]


def insert_rows(records: Sequence[models.Model], *, passing_over: str = "") -> dict[Any, int]:
    """Write unsaved records of one model, in their order, and give each its id. Safe for plain fields and JSON.

    passing_over: a unique field; a record whose value stands there already is not written and gets no id. Returns the
    ids written by that field, or by id without one.
    """
    if not records:
        return {}
    table = _table(type(records[0]))
    rows = json.dumps(
        [{attname: record.__dict__[attname] for attname, _column, _type in table.columns} for record in records],
        default=_as_json,
    )
    columns = ", ".join(column for _attname, column, _type in table.columns)
    types = ", ".join(f"{attname} {kind}" for attname, _column, kind in table.columns)
    names = ", ".join(f"row.{attname}" for attname, _column, _kind in table.columns)
    unless = f" ON CONFLICT ({passing_over}) DO NOTHING" if passing_over else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table.name} ({columns}) SELECT {names} FROM json_to_recordset(%s) AS row ({types})"  # noqa: S608 - names of our own columns
            f"{unless} RETURNING {passing_over or 'id'}, id",
            [rows],
        )
        written: dict[Any, int] = dict(cursor.fetchall())
    ids = iter(written.values())
    for record in records:
        pk = written.get(record.__dict__[passing_over]) if passing_over else next(ids)
        if pk is not None:
            record.pk, record._state.adding, record._state.db = pk, False, connection.alias
    return written


@lru_cache
def _table(model: type[models.Model]) -> _Table:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key and not field.has_db_default()]
    columns = [(field.attname, _quoted(str(field.column)), str(field.db_type(connection))) for field in fields]
    return _Table(_quoted(model._meta.db_table), columns)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _as_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no value of a column.")
