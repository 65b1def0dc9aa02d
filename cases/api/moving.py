"""Moves by name, over the same forms and operations as the buttons of the page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from cases.api.errors import as_error
from cases.forms import MOVE_FORMS, MoveForm
from cases.models import Case
from cases.operations.moves import MOVES_BY_NAME
from cases.policies import case_offers
from foundation.audit.actors import Acting
from foundation.workflow.moves import MoveRefused


def moves_of(case: Case, *, reader: Acting) -> list[dict[str, Any]]:
    """Every move that there is, open to the reader or with why it is not."""
    return [
        {
            "move": offer.move.name,
            "label": str(offer.move.label),
            "open": offer.refusal is None,
            "why_not": offer.refusal,
            "fields": [_described(name, field) for name, field in MOVE_FORMS[offer.move.name].base_fields.items()],
        }
        for offer in case_offers(case, by=reader)
        if offer.move.name in MOVE_FORMS
    ]


def make_move(case: Case, name: str, told: Mapping[str, Any], *, by: Acting, now: datetime) -> Case:
    """Make the move with these fields. Raises the error of the API for a move that is refused."""
    if name not in MOVE_FORMS:
        raise ValidationError({"move": [_("There is no move %(name)s.") % {"name": name}]})
    form = MOVE_FORMS[name](_written(told, MOVE_FORMS[name]), case=case, reader=by)
    if not form.is_valid():
        raise ValidationError(
            {"fields": {field: [str(error) for error in errors] for field, errors in form.errors.items()}}
        )
    try:
        return MOVES_BY_NAME[name](case, by=by, now=now, **form.cleaned_data)
    except MoveRefused as refused:
        raise as_error(refused, field="fields") from None


def _described(name: str, field: forms.Field) -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "required": field.required}
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        described["choices"] = [str(value) for value, _label in field.choices if value]  # type: ignore[union-attr, misc]
    return described


def _written(told: Mapping[str, Any], form: type[MoveForm]) -> dict[str, str]:
    """JSON values as a form reads them: text. What a form would have to guess is refused."""
    errors: dict[str, list[str]] = {}
    written = {}
    for name, value in told.items():
        field = form.base_fields.get(name)
        if field is None:
            errors[name[:60]] = [_("There is no such field.")]
        elif isinstance(value, dict | list | bool | float):
            errors[name] = [_("This is a text or a number.")]
        elif value is not None:
            written[name] = str(value)
            if isinstance(field, forms.DateTimeField) and not _has_offset(written[name]):
                errors[name] = [_("Write an instant with its offset from UTC, such as 2026-11-20T09:00:00Z.")]
    if errors:
        raise ValidationError({"fields": errors})
    return written


def _has_offset(text: str) -> bool:
    try:
        found = parse_datetime(text.strip())
    except ValueError:
        return False
    return found is not None and found.utcoffset() is not None
