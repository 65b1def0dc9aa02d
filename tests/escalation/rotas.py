"""What tests of shifts share: a wording of a rotation, and what is told of who is on."""

from datetime import date, datetime, time
from typing import Any

from foundation.accounts.models import User
from foundation.escalation.oncall import Span
from foundation.escalation.operations import RotationSpec


def spec(*people: User, **options: Any) -> RotationSpec:
    """A day each, from noon to noon (UTC), from the day on which tests live."""
    given: dict[str, Any] = {
        "name": "Days", "people": people, "unit": "day", "length": 1, "hand_over_at": time(12), "time_zone": "UTC",
        "starts_on": date(2026, 11, 18),
    }  # fmt: skip
    return RotationSpec(**(given | options))


def told(found: list[Span]) -> list[tuple[datetime, datetime, str]]:
    return [(span.starts_at, span.ends_at, span.person.name.split()[0]) for span in found]
