"""What somebody wants to be told, and when: each person's own."""

from collections.abc import Mapping
from datetime import datetime, time

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.events import PREFERENCES_CHANGED
from foundation.accounts.models import User
from foundation.audit import trail
from foundation.notifications import notices
from foundation.notifications.models import Preference, QuietHours

Way = tuple[str, str]
"""A notice by its code, and a channel."""


@transaction.atomic
def choose_notices(wanted: Mapping[Way, bool], *, by: User, now: datetime) -> list[Way]:
    """Say which notices she wants on which channels; those not named stay as they are. Returns what changed.

    Raises ValidationError for one that may not be declined, or that never goes that way.
    """
    _lock(by)
    for code, channel in wanted:
        notice = notices.by_code(code)
        if not notice.may_be_declined or channel not in notice.channels:
            raise ValidationError(_("“%(notice)s” cannot be turned on or off there.") % {"notice": notice.title})
    declined = set(Preference.objects.filter(user=by, wanted=False).values_list("notice", "channel"))
    changed = sorted(way for way, on in wanted.items() if on == (way in declined))
    for code, channel in changed:
        # Without a row a notice goes as it ships, so wanting it again keeps none.
        Preference.objects.filter(user=by, notice=code, channel=channel).delete()
        if not wanted[code, channel]:
            Preference.objects.create(user=by, notice=code, channel=channel, wanted=False)
    if changed:
        on = [f"{code}:{channel}" for code, channel in changed if wanted[code, channel]]
        off = [f"{code}:{channel}" for code, channel in changed if not wanted[code, channel]]
        trail.record(PREFERENCES_CHANGED, about=by, by=by, notices_on=on, notices_off=off)
    return changed


@transaction.atomic
def keep_quiet_hours(hours: tuple[time, time] | None, *, by: User, now: datetime) -> bool:
    """When her mail waits, from and to in her own zone; None: at no hour. Whether that is new.

    What is in the outbox already leaves when it was going to. Raises ValidationError when both ends are the same.
    """
    _lock(by)
    if hours is not None and hours[0] == hours[1]:
        raise ValidationError(_("Quiet hours end at another time than they begin."))
    kept = QuietHours.objects.filter(user=by).values_list("from_time", "to_time").first()
    if kept == hours:
        return False
    if hours is None:
        QuietHours.objects.filter(user=by).delete()
    else:
        QuietHours.objects.update_or_create(user=by, defaults={"from_time": hours[0], "to_time": hours[1]})
    quiet = [f"{end:%H:%M}" for end in hours] if hours else []
    trail.record(PREFERENCES_CHANGED, about=by, by=by, quiet_hours=quiet)
    return True


def _lock(user: User) -> None:
    """Two browsers of one person, one after the other."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
