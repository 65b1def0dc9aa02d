"""The shape of what is typed or sent about a case. Moves take the same fields from a page and from the API."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import BreachReason, Case, Direction, Party
from cases.models.contacts import ContactChannel
from cases.policies import can_give_on
from cases.words import amid
from cases.workflow import Outcome, WaitingOn
from foundation.accounts.models import User
from foundation.audit.actors import Acting

if TYPE_CHECKING:
    _UserChoice = forms.ModelChoiceField[User]
    _PartyChoice = forms.ModelChoiceField[Party]
else:
    _UserChoice = _PartyChoice = forms.ModelChoiceField


class Line(forms.CharField):
    """A line of text. What is pasted is never cut: the page counts it, and a text too long comes back whole.

    A line break is one character, as it is in the browser that counts.
    """

    default_error_messages = {
        "max_length": _(
            "%(show_value)d characters, and %(limit_value)d fit. Nothing was cut: shorten it and send it again."
        )
    }

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {
            "data-most": self.max_length,
            "data-left": _("Characters left: %s"),
            "data-over": _("Characters too many: %s. Nothing is cut; it can be sent once it fits."),
        }

    def to_python(self, value: Any) -> str | None:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


class Prose(Line):
    """A text of some length."""

    def __init__(self, *, max_length: int, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class Submission(forms.UUIDField):
    """The number of a form as it was drawn: sent twice, it is one deed. Nothing names it, and a page holds several: no id."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput(attrs={"id": False}))


class PartyField(_PartyChoice):
    """Somebody with a place in the case, named with her role."""

    def label_from_instance(self, obj: Party) -> str:
        return f"{obj.person.name}, {amid(obj.get_role_display())}"


class StaffField(_UserChoice):
    """Somebody of the staff: chosen from a list by number, or named by email through the API."""

    def to_python(self, value: Any) -> User | None:
        if isinstance(value, str) and "@" in value:
            user = User.objects.active().filter(email__iexact=value.strip()).first()
            if user is None:
                raise forms.ValidationError(_("Nobody active has this address."))
            return user
        return super().to_python(value)

    def offer(self, staff: Sequence[tuple[int, str]]) -> None:
        """Draw these people; any active member of staff is still accepted."""
        empty = [] if self.empty_label is None else [("", self.empty_label)]
        self.choices = [*empty, *staff]


class ReferenceField(forms.CharField):
    """Another case by its reference; one that the reader may not see is not there."""

    reader: Acting

    def clean(self, value: Any) -> Case | None:
        text = str(super().clean(value) or "").strip()
        if not text:
            return None
        found = Case.objects.visible_to(self.reader).filter(reference__iexact=text).first()
        if found is None:
            raise forms.ValidationError(_("There is no case %(reference)s.") % {"reference": text})
        return found


class MoveForm(forms.Form):
    """The fields of one move, cleaned into the arguments of its operation."""

    def __init__(
        self, *args: Any, case: Case, reader: Acting, staff: Sequence[tuple[int, str]] | None = None, **kwargs: Any
    ) -> None:
        """staff: whom to offer for a choice of people; without it the choice is read when it is drawn."""
        super().__init__(*args, **kwargs)
        self.case = case
        for field in self.fields.values():
            if isinstance(field, ReferenceField):
                field.reader = reader
            if isinstance(field, StaffField) and staff is not None:
                field.offer(staff)


class AssignForm(MoveForm):
    to = StaffField(
        User.objects.active().order_by("name"), label=_("To"), required=False, empty_label=_("Back to the queue")
    )
    reason = Line(label=_("Why"), required=False, max_length=2_000)

    def __init__(self, *args: Any, case: Case, reader: Acting, **kwargs: Any) -> None:
        """Who may not reassign gives her own case back to the queue from here, and to nobody."""
        super().__init__(*args, case=case, reader=reader, **kwargs)
        field = self.fields["to"]
        if isinstance(field, StaffField) and not can_give_on(case, by=reader):
            field.offer([])
            field.help_text = _("To give it to a colleague, hand it over.")


class HandOverForm(MoveForm):
    to = StaffField(User.objects.active().order_by("name"), label=_("To"), empty_label=_("Choose somebody"))
    note = Prose(label=_("What she needs to know"), required=False, max_length=5_000)


class WaitForm(MoveForm):
    on = forms.ChoiceField(label=_("Waiting on"), choices=WaitingOn.choices)
    until = forms.DateTimeField(
        label=_("Until"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("The case comes back by itself then, or when they write."),
    )  # fmt: skip
    reason = Prose(label=_("What for"), required=False, max_length=2_000, rows=2)


class ResolveForm(MoveForm):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=[("", _("Choose one")), *Outcome.choices])
    reason = Prose(label=_("In a sentence"), required=False, max_length=2_000, rows=2)


class ReasonForm(MoveForm):
    reason = Prose(label=_("Why"), max_length=2_000, rows=2)


class OptionalReasonForm(MoveForm):
    reason = Prose(label=_("Why"), max_length=2_000, required=False, rows=2)


class EscalateForm(MoveForm):
    to = StaffField(
        User.objects.active().order_by("name"), label=_("To"), required=False, empty_label=_("The team's lead")
    )
    reason = Prose(label=_("Why"), max_length=2_000, rows=2)


class DuplicateForm(MoveForm):
    of = ReferenceField(label=_("Duplicate of"), max_length=16, help_text=_("Its reference, such as TS-10001."))


MOVE_FORMS: Mapping[str, type[MoveForm]] = {
    "take": MoveForm,
    "assign": AssignForm,
    "hand_over": HandOverForm,
    "wait": WaitForm,
    "resume": MoveForm,
    "resolve": ResolveForm,
    "reopen": ReasonForm,
    "mark_duplicate": DuplicateForm,
    "escalate": EscalateForm,
    "de_escalate": OptionalReasonForm,
}
"""Every move that a person or an integration makes, with the form of its fields."""


class ContactForm(forms.Form):
    """I called / wrote, they called / wrote. occurred_at is in the reader's zone; empty is now."""

    direction = forms.ChoiceField(label=_("Who spoke"), choices=Direction.choices, initial=Direction.OUT)
    channel = forms.ChoiceField(label=_("How"), choices=ContactChannel.choices, initial=ContactChannel.PHONE)
    party = PartyField(Party.objects.none(), label=_("With"), required=False, empty_label=_("Somebody else"))
    body = Prose(label=_("What was said"), max_length=20_000, required=False)
    occurred_at = forms.DateTimeField(
        label=_("When"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("Empty: now."),
    )
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0, max_value=1_440)
    submission = Submission()

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parties = case.parties.all()
        field = self.fields["party"]
        assert isinstance(field, PartyField)
        field.queryset = case.parties.select_related("person") if self.is_bound else case.parties.none()
        field.choices = [("", field.empty_label), *((party.pk, field.label_from_instance(party)) for party in parties)]
        if self.initial.get("party") is None:
            reporter = next((party for party in parties if party.capacity == "reporter"), None)
            self.initial["party"] = reporter.pk if reporter else None

    def arguments(self, *, now: datetime) -> dict[str, Any]:
        """What record_contact takes."""
        data = self.cleaned_data
        return {
            "direction": data["direction"],
            "channel": data["channel"],
            "party": data["party"],
            "body": data["body"],
            "occurred_at": data["occurred_at"] or now,
            "seconds": data["minutes"] * 60 if data["minutes"] is not None else None,
            "submission": data["submission"],
        }


class NoteForm(forms.Form):
    note = Prose(label=_("Internal note"), max_length=20_000)
    submission = Submission()


class TaskForm(forms.Form):
    title = Line(label=_("Task"), max_length=200)
    assignee = StaffField(
        User.objects.active().order_by("name"), label=_("Who"), required=False, empty_label=_("Nobody yet")
    )
    due_at = forms.DateTimeField(
        label=_("Due"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    submission = Submission()

    def __init__(self, *args: Any, staff: Sequence[tuple[int, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assignee = self.fields["assignee"]
        if isinstance(assignee, StaffField) and staff is not None:
            assignee.offer(staff)


class BreachReasonForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why was it missed"), choices=[("", _("Choose one")), *BreachReason.choices])
