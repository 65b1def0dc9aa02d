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
def change_what_reaches(
    *, wanted: Mapping[Way, bool], hours: tuple[time, time] | None, by: User, now: datetime
) -> bool:
    """Keep what ``by`` wants to be told and when, all of one save or nothing. Whether anything of it is new.

    wanted: a notice on a channel each; those not named stay as they are. hours: when her mail waits, from and to in
    her own zone; None at no hour. What is in the outbox already leaves when it was going to.
    Raises ValidationError for a notice that may not be declined or never goes that way, and for hours of no length.
    """
    # Two browsers of one person, one after the other.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    changed = _choose_notices(by, wanted) | _keep_quiet_hours(by, hours)
    if changed:
        trail.record(PREFERENCES_CHANGED, about=by, by=by, **changed)
    return bool(changed)


def _choose_notices(user: User, wanted: Mapping[Way, bool]) -> dict[str, list[str]]:
    """What the trail keeps of the notices that changed; nothing where none did."""
    for code, channel in wanted:
        notice = notices.by_code(code)
        if not notice.may_be_declined or channel not in notice.channels:
            raise ValidationError(_("“%(notice)s” cannot be turned on or off there.") % {"notice": notice.title})
    declined = set(Preference.objects.filter(user=user, wanted=False).values_list("notice", "channel"))
    changed = sorted(way for way, on in wanted.items() if on == (way in declined))
    for code, channel in changed:
        # Without a row a notice goes as it ships, so wanting it again keeps none.
        Preference.objects.filter(user=user, notice=code, channel=channel).delete()
        if not wanted[code, channel]:
            Preference.objects.create(user=user, notice=code, channel=channel, wanted=False)
    if not changed:
        return {}
    return {
        "notices_on": [f"{code}:{channel}" for code, channel in changed if wanted[code, channel]],
        "notices_off": [f"{code}:{channel}" for code, channel in changed if not wanted[code, channel]],
    }


def _keep_quiet_hours(user: User, hours: tuple[time, time] | None) -> dict[str, list[str]]:
    """What the trail keeps of quiet hours that changed; nothing where they did not."""
    if hours is not None and hours[0] == hours[1]:
        raise ValidationError(_("Quiet hours end at another time than they begin."))
    kept = QuietHours.objects.filter(user=user).values_list("from_time", "to_time").first()
    if kept == hours:
        return {}
    if hours is None:
        QuietHours.objects.filter(user=user).delete()
    else:
        QuietHours.objects.update_or_create(user=user, defaults={"from_time": hours[0], "to_time": hours[1]})
    return {"quiet_hours": [f"{end:%H:%M}" for end in hours] if hours else []}
