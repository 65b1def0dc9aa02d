"""Hours of a week as people type them, and what is wrong with a calendar in their words."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from foundation.sla import calendar_spec
from foundation.sla.calendar_spec import CalendarError

DAYS = tuple(zip(calendar_spec.WEEKDAYS, (WEEKDAYS[n] for n in range(7)), strict=True))
_SPAN = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?")


class HoursField(forms.CharField):
    """Open hours of a day such as "09:00-13:00, 14:00-18:00", as the calendar's own mapping; empty is closed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=200, **kwargs)

    def clean(self, value: Any) -> dict[str, str]:
        return read_hours(str(super().clean(value)))


def read_hours(text: str) -> dict[str, str]:
    """Raises ValidationError for what are no hours."""
    hours: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        span = _SPAN.fullmatch(part)
        if span is None:
            raise forms.ValidationError(_("“%(part)s” is not hours such as 09:00-13:00."), params={"part": part[:40]})
        opens, closes = f"{int(span[1]):02}:{span[2] or '00'}", f"{int(span[3]):02}:{span[4] or '00'}"
        if opens in hours:
            raise forms.ValidationError(_("The hours open twice at %(time)s."), params={"time": opens})
        hours[opens] = closes
    return hours


def hours_as_typed(hours: Mapping[str, str]) -> str:
    return ", ".join(f"{opens}-{closes}" for opens, closes in hours.items())


def calendar_sentence(error: CalendarError) -> str:
    """What is wrong with a calendar, in the reader's language, days by their names."""
    days = dict(DAYS)
    return gettext(error.sentence) % {name: days.get(part, part) for name, part in error.parts.items()}
