"""What callers of the API send about cases."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from cases.api.fields import Email, Flag, Instant, Language, Line, Market, Strict, Text, Whole
from cases.models import Authority, Capacity, Channel, Direction, EmergencyCare, Harm, Kind, PartyRole
from cases.models.contacts import ContactChannel
from cases.places import is_zone
from cases.reports import IncidentReport, ReportRefused
from foundation.accounts.models import Integration
from foundation.money import to_minor
from people.reported import ReportedBooking, ReportedPerson, ReportedPet


class PersonIn(Strict):
    """Somebody as the report names her. She is known again by her external id, then by email, then by phone."""

    name = Line(max_length=200, required=False, default="", allow_blank=True)
    email = Email(required=False, default="", allow_blank=True)
    phone = Line(max_length=40, required=False, default="", allow_blank=True)
    external_id = Line(max_length=120, required=False, default="", allow_blank=True)
    role = serializers.ChoiceField(PartyRole.choices)


class PetIn(Strict):
    """The animal that it is about."""

    name = Line(max_length=120, required=False, default="", allow_blank=True)
    species = Line(max_length=40, required=False, default="dog")
    breed = Line(max_length=120, required=False, default="", allow_blank=True)


class BookingIn(Strict):
    """The booking that it happened on."""

    external_id = Line(max_length=120)
    starts_at = Instant(required=False, default=None, allow_null=True)
    ends_at = Instant(required=False, default=None, allow_null=True)
    service = Line(max_length=80, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["starts_at"] and attrs["ends_at"] and attrs["ends_at"] < attrs["starts_at"]:
            raise serializers.ValidationError({"ends_at": _("The booking ends before it starts.")})
        return attrs


class LossIn(Strict):
    """What it cost, estimated."""

    amount = serializers.DecimalField(
        max_digits=15, decimal_places=3, min_value=Decimal(0), help_text="In major units."
    )
    currency = serializers.RegexField(r"\A[A-Z]{3}\Z", help_text="ISO 4217")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"loss_minor": to_minor(attrs["amount"], attrs["currency"]), "loss_currency": attrs["currency"]}
        except ValueError:
            sentence = _("%(currency)s has fewer decimals.") % {"currency": attrs["currency"]}
            raise serializers.ValidationError({"amount": sentence}) from None


class CaseIn(Strict):
    """A report that becomes a case."""

    kind = serializers.ChoiceField(Kind.choices, required=False, default=Kind.INCIDENT)
    title = Line(max_length=200)
    description = Text(max_length=20_000, required=False, default="", allow_blank=True)
    category = Text(max_length=50)
    severity = Whole(
        min_value=1, max_value=4, required=False, default=None, allow_null=True,
        help_text="Empty: what the category and the facts suggest.",
    )  # fmt: skip
    severity_reason = Line(max_length=500, required=False, default="", allow_blank=True)
    channel = serializers.ChoiceField(Channel.choices)
    received_at = Instant(
        required=False, default=None, allow_null=True, help_text="Empty: now. At most 5 minutes ahead, not before 2000."
    )
    market = Market(help_text="ISO 3166-1 alpha-2")
    language = Language(help_text="BCP 47")
    external_id = Line(max_length=120, required=False, default="", allow_blank=True)
    reporter = PersonIn(required=False, default=None, allow_null=True)
    respondent = PersonIn(required=False, default=None, allow_null=True)
    pet = PetIn(required=False, default=None, allow_null=True)
    booking = BookingIn(required=False, default=None, allow_null=True)
    occurred_at = Instant(required=False, default=None, allow_null=True)
    occurred_date_only = Flag(required=False, default=False)
    time_zone = Line(max_length=64, required=False, default="", allow_blank=True)
    place = Line(max_length=300, required=False, default="", allow_blank=True)
    people_hurt = serializers.ChoiceField(Harm.choices, required=False, default="", allow_blank=True)
    animals_hurt = serializers.ChoiceField(Harm.choices, required=False, default="", allow_blank=True)
    emergency_care = serializers.ChoiceField(EmergencyCare.choices, required=False, default="", allow_blank=True)
    immediate_danger = Flag(required=False, default=False)
    authorities = serializers.ListField(
        child=serializers.ChoiceField(Authority.choices), required=False, default=list, max_length=len(Authority)
    )
    authority_reference = Line(max_length=120, required=False, default="", allow_blank=True)
    loss = LossIn(required=False, default=None, allow_null=True)

    def validate_time_zone(self, value: str) -> str:
        if value and not is_zone(value):
            raise serializers.ValidationError(_("There is no such time zone."))
        return value

    def report(self, *, integration: Integration | None, of_system: bool = False) -> IncidentReport:
        """The report that these fields tell. Raises ReportRefused for an external id that belongs to nobody.

        of_system: it comes from another system, even where that is not known by name yet.
        """
        told = dict(self.validated_data)
        if told["external_id"] and integration is None and not of_system:
            raise ReportRefused(external_id=_("An external id belongs to an integration, and comes with its key."))
        del told["kind"]
        for side in ("reporter", "respondent"):
            told[side] = ReportedPerson(**told[side], country=told["market"]) if told[side] else None
        told["pet"] = ReportedPet(**told["pet"]) if told["pet"] else None
        told["booking"] = ReportedBooking(**told["booking"]) if told["booking"] else None
        told |= told.pop("loss") or {}
        told["authorities"] = tuple(dict.fromkeys(told["authorities"]))
        return IncidentReport(**told, integration=integration)


class MoveIn(Strict):
    """A move by name, with the fields that GET lists for it."""

    move = Text(max_length=32)
    fields_ = serializers.DictField(child=serializers.JSONField(), required=False, default=dict)

    def get_fields(self) -> dict[str, Any]:
        # "fields" is taken: every serializer keeps its own fields under that name.
        declared = super().get_fields()
        declared["fields"] = declared.pop("fields_")
        return declared


class ContactIn(Strict):
    """A word with somebody outside, on whichever channel."""

    direction = serializers.ChoiceField(Direction.choices)
    channel = serializers.ChoiceField(ContactChannel.choices)
    party = serializers.ChoiceField(
        [Capacity.REPORTER.value, Capacity.RESPONDENT.value], required=False, default=None, allow_null=True,
        help_text="Which side it was with. Empty: somebody else.",
    )  # fmt: skip
    body = Text(max_length=20_000, required=False, default="", allow_blank=True)
    occurred_at = Instant(required=False, default=None, allow_null=True, help_text="Empty: now.")
    seconds = Whole(
        min_value=0, max_value=86_400, required=False, default=None, allow_null=True, help_text="How long a call took."
    )
    automatic = Flag(required=False, default=False, help_text="Sent by a machine: kept, and no clock moves.")


class NoteIn(Strict):
    """An internal note."""

    body = Text(max_length=20_000)


class EvidenceIn(Strict):
    """A file with what it is."""

    file = serializers.FileField(max_length=255)
    title = Line(max_length=200, required=False, default="", allow_blank=True)
    description = Text(max_length=5_000, required=False, default="", allow_blank=True)
