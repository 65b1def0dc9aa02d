"""What the API tells of cases. Whoever reads decides how much: an integration gets back what it may write, with state
and clocks; staff also get the team, the owner and the names of the parties."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cases.api.fields import Instant, LevelCode
from cases.clock_readings import STATES, newest_readings
from cases.models import Case, Channel, Contact, Evidence, Incident, Kind, Note, Party
from cases.workflow import CaseState, Outcome, WaitingOn
from foundation.accounts.models import User
from foundation.money import decimals


class ClockOut(serializers.Serializer[Any]):
    """A clock, judged when it was asked for: `breached` as soon as its due has passed, met late or not met at all."""

    metric = serializers.CharField()
    cycle = serializers.IntegerField()
    state = serializers.ChoiceField(STATES)
    due_at = Instant(allow_null=True)
    started_at = Instant()
    paused = serializers.BooleanField()
    breached_at = Instant(allow_null=True)
    met_at = Instant(allow_null=True)
    target_seconds = serializers.IntegerField(help_text="Business seconds.")


class CaseOut(serializers.Serializer[Any]):
    """A case as it is answered to a write."""

    reference = serializers.CharField()
    state = serializers.ChoiceField(CaseState.choices)
    severity = serializers.IntegerField(min_value=1, max_value=4)
    confidentiality = LevelCode()
    clocks = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    @extend_schema_field(ClockOut(many=True))
    def get_clocks(self, case: Case) -> Any:
        readings = newest_readings(case.clocks.all(), now=self.context["now"])
        return ClockOut(readings, many=True).data

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, case: Case) -> str:
        return str(self.context["request"].build_absolute_uri(reverse("api:case", args=[case.reference])))


class CaseRowOut(CaseOut):
    """A case in a list."""

    kind = serializers.ChoiceField(Kind.choices)
    title = serializers.CharField()
    category = serializers.CharField(source="incident.category.category.slug", default="")
    channel = serializers.ChoiceField(Channel.choices)
    market = serializers.CharField()
    language = serializers.CharField()
    external_id = serializers.CharField()
    waiting_on = serializers.ChoiceField(WaitingOn.choices, allow_blank=True)
    waiting_until = Instant(allow_null=True)
    outcome = serializers.ChoiceField(Outcome.choices, allow_blank=True)
    received_at = Instant()
    created_at = Instant()
    updated_at = Instant()
    team = serializers.CharField(source="team.slug", help_text="For staff only.", required=False)
    owner = serializers.EmailField(
        source="assignee.email", default=None, allow_null=True, help_text="For staff only.", required=False
    )

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if self.context.get("reader") is not None and not isinstance(self.context["reader"], User):
            for name in STAFF_ONLY & fields.keys():
                del fields[name]
        return fields


STAFF_ONLY = frozenset({"team", "owner", "severity_suggested", "version"})


class PartyOut(serializers.Serializer[Party]):
    """Somebody's place in the case. Her name is for staff: another system may know her under one we must not tell."""

    capacity = serializers.CharField()
    role = serializers.CharField()
    name = serializers.CharField(source="person.name", required=False, help_text="For staff only.")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if self.context.get("reader") is not None and not isinstance(self.context["reader"], User):
            del fields["name"]
        return fields


class LossOut(serializers.Serializer[Incident]):
    amount = serializers.SerializerMethodField()
    currency = serializers.CharField(source="loss_currency")

    def get_amount(self, incident: Incident) -> str:
        places = decimals(incident.loss_currency)
        return f"{(incident.loss_minor or 0) / 10**places:.{places}f}"


class IncidentOut(serializers.Serializer[Incident]):
    """What happened."""

    occurred_at = Instant(allow_null=True)
    occurred_date_only = serializers.BooleanField()
    time_zone = serializers.CharField()
    place = serializers.CharField()
    people_hurt = serializers.CharField()
    animals_hurt = serializers.CharField()
    emergency_care = serializers.CharField()
    immediate_danger = serializers.BooleanField()
    authorities = serializers.ListField(child=serializers.CharField())
    authority_reference = serializers.CharField()
    loss = serializers.SerializerMethodField()
    booking = serializers.CharField(source="booking.external_id", default=None, allow_null=True)

    @extend_schema_field(LossOut(allow_null=True))
    def get_loss(self, incident: Incident) -> Any:
        return LossOut(incident).data if incident.loss_currency else None


class CaseDetailOut(CaseRowOut):
    """A case with all that the reader may know of it."""

    description = serializers.CharField()
    page = serializers.SerializerMethodField(help_text="Where staff open it.")
    parties = PartyOut(many=True)
    incident = IncidentOut(allow_null=True)
    severity_suggested = serializers.IntegerField(required=False, help_text="For staff only.")
    version = serializers.IntegerField(required=False, help_text="For staff only.")

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_page(self, case: Case) -> str:
        return str(self.context["request"].build_absolute_uri(case.get_absolute_url()))


class EventOut(serializers.Serializer[Any]):
    """Something that happened to the case. `data` holds codes, numbers and instants; `texts` are for staff only."""

    id = serializers.IntegerField()
    kind = serializers.CharField(help_text="Noun and past, such as case.created or clock.breached.")
    at = Instant()
    actor = serializers.ChoiceField(["staff", "integration", "system"])
    data = serializers.DictField()  # type: ignore[assignment]
    actor_name = serializers.CharField(required=False, help_text="For staff only.")
    texts = serializers.DictField(
        child=serializers.CharField(allow_null=True), required=False, help_text="For staff only; null where erased."
    )


class MoveFieldOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]
    choices = serializers.ListField(child=serializers.CharField(), required=False)


class MoveOut(serializers.Serializer[Any]):
    """A move, open to the caller now or with the sentence why not, and the fields it takes."""

    move = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    open = serializers.BooleanField()
    why_not = serializers.CharField(allow_null=True)
    fields_ = MoveFieldOut(many=True)

    def get_fields(self) -> dict[str, Any]:
        # "fields" is taken: every serializer keeps its own fields under that name.
        declared = super().get_fields()
        declared["fields"] = declared.pop("fields_")
        return declared


class ContactOut(serializers.Serializer[Contact]):
    """A contact as kept. `case` is another one when word came long after a case was over, or about a duplicate; one
    that the caller does not see stays unnamed."""

    id = serializers.IntegerField()
    case = serializers.SerializerMethodField()
    direction = serializers.CharField()
    channel = serializers.CharField()
    party = serializers.CharField(source="party.capacity", default=None, allow_null=True)
    occurred_at = Instant()
    automatic = serializers.BooleanField()

    def get_case(self, contact: Contact) -> str:
        asked: Case = self.context["asked"]
        seen = Case.objects.visible_to(self.context["reader"]).filter(pk=contact.case_id)
        return str(contact.case.reference if seen.exists() else asked.reference)


class NoteOut(serializers.Serializer[Note]):
    id = serializers.IntegerField()
    created_at = Instant()


class EvidenceOut(serializers.Serializer[Evidence]):
    id = serializers.CharField(source="pk")
    title = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    added_at = Instant()


def listed(shape: type[serializers.BaseSerializer[Any]], name: str) -> Any:
    """The shape of a list that comes whole, written as every list is: `{results, next, previous}`."""
    from drf_spectacular.utils import inline_serializer

    return inline_serializer(
        name,
        {
            "results": shape(many=True),
            "next": serializers.CharField(allow_null=True),
            "previous": serializers.CharField(allow_null=True),
        },
    )


def whole(results: Any) -> dict[str, Any]:
    """A list that is short enough to come whole."""
    return {"results": results, "next": None, "previous": None}


def context(request: Any, *, now: datetime) -> dict[str, Any]:
    """What the shapes of an answer need to know: who asks, and when."""
    return {"request": request, "reader": request.user, "now": now}
