from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.notifications import notices
from foundation.notifications.ledger import Wanted
from foundation.notifications.models import Channel, Delivery, Preference, QuietHours
from foundation.notifications.notices import Notice

LARGEST_ID = 2**63 - 1


class ReadForm(forms.Form):
    """What to mark read: one item, or everything up to the newest that was shown."""

    item = forms.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    up_to = forms.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (data.get("item") is None) == (data.get("up_to") is None):
            raise ValidationError(_("Name one item, or how far to go."))
        return data


@dataclass(frozen=True, slots=True)
class Choice:
    """A channel beside a notice. box: None where the notice always goes that way; never: it does not go there."""

    channel: str | Promise
    box: forms.BoundField | None = None
    never: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A notice with its channels, in the order of CHOSEN."""

    title: str | Promise
    choices: list[Choice]


class PreferencesForm(forms.Form):
    """What reaches her on which channel, and when her mail waits."""

    CHOSEN = (Channel.IN_APP, Channel.MAIL)

    quiet = forms.BooleanField(label=_("Hold my mail at night"), required=False)
    from_time = forms.TimeField(label=_("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    to_time = forms.TimeField(label=_("To"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        self.told = [notice for notice in notices.all_notices() if notice.concerns(reader)]
        hours = QuietHours.objects.filter(user=reader).first()
        initial: dict[str, Any] = {
            "quiet": hours is not None,
            "from_time": f"{hours.from_time if hours else time(22):%H:%M}",
            "to_time": f"{hours.to_time if hours else time(7):%H:%M}",
        }
        declined = set(Preference.objects.filter(user=reader, wanted=False).values_list("notice", "channel"))
        super().__init__(*args, **kwargs | {"initial": initial})
        for notice in self.told:
            for channel in self._open(notice):
                self.fields[_name(notice, channel)] = forms.BooleanField(
                    label=str(notice.title), required=False, initial=(notice.code, channel) not in declined
                )

    def _open(self, notice: Notice) -> list[str]:
        return [channel for channel in self.CHOSEN if channel in notice.channels] if notice.may_be_declined else []

    @property
    def calls(self) -> list[Line]:
        """What nobody can turn off."""
        return self._lines(notice for notice in self.told if not notice.may_be_declined)

    @property
    def news(self) -> list[Line]:
        """What each person chooses."""
        return self._lines(notice for notice in self.told if notice.may_be_declined)

    def _lines(self, told: Iterable[Notice]) -> list[Line]:
        lines = [Line(notice.title, [self._choice(notice, channel) for channel in self.CHOSEN]) for notice in told]
        return sorted(lines, key=lambda line: str(line.title))

    def _choice(self, notice: Notice, channel: Channel) -> Choice:
        name = _name(notice, channel)
        return Choice(channel.label, self[name] if name in self.fields else None, channel not in notice.channels)

    @property
    def wanted(self) -> dict[tuple[str, str], bool]:
        """What she chose for every notice that she was asked about."""
        asked = ((notice, channel) for notice in self.told for channel in self._open(notice))
        return {(notice.code, channel): self.cleaned_data[_name(notice, channel)] for notice, channel in asked}

    @property
    def quiet_hours(self) -> tuple[time, time] | None:
        data = self.cleaned_data
        return (data["from_time"], data["to_time"]) if data["quiet"] else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("quiet"):
            return data
        for end in ("from_time", "to_time"):
            if data.get(end) is None and end not in self.errors:
                self.add_error(end, _("Say at what time, such as 22:00."))
        if not self.errors and data["from_time"] == data["to_time"]:
            self.add_error("to_time", _("Quiet hours end at another time than they begin."))
        return data


def _name(notice: Notice, channel: str) -> str:
    return f"{notice.code}-{channel}"


class PhoneForm(forms.Form):
    """Her own number. Whether it is one is the operation's affair."""

    number = forms.CharField(
        label=_("Phone number"),
        max_length=60,
        help_text=_("With its country code, such as +1 303 555 0142. A code is sent to it by SMS."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class ChatForm(forms.Form):
    """A team's webhook; empty: none."""

    url = forms.CharField(
        label=_("Address of the webhook"),
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs={"type": "url", "autocomplete": "off", "spellcheck": "false"}),
    )


TESTED = [(channel.value, channel.label) for channel in Channel if channel != Channel.WEBHOOK]


class TestForm(forms.Form):
    """By which way to whom."""

    __test__ = False

    channel = forms.ChoiceField(label=_("Channel"), choices=TESTED)
    person = forms.ModelChoiceField(User.objects.none(), label=_("To"))

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "person", people, empty=None)


class LedgerForm(forms.Form):
    """What of the ledger to show."""

    state = forms.ChoiceField(label=_("State"), choices=[("", _("Any state")), *Delivery.choices], required=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("Any channel")), *Channel.choices], required=False)
    person = forms.ModelChoiceField(User.objects.none(), label=_("To"), required=False)
    before = forms.IntegerField(min_value=1, max_value=LARGEST_ID, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "person", people, empty=str(_("Everybody")))

    @property
    def wanted(self) -> Wanted:
        """What can be read of it: a filter that means nothing leaves nothing out."""
        data = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        return Wanted(data.get("state") or "", data.get("channel") or "", data.get("person"))

    @property
    def start(self) -> int | None:
        before: int | None = self.cleaned_data.get("before") if self.is_valid() else None
        return before


def _offer(form: forms.Form, name: str, people: Iterable[User], *, empty: str | None) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = User.objects.filter(pk__in=[person.pk for person in people]).order_by("name", "pk")
        field.empty_label = empty
