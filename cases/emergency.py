"""The emergency pane: what somebody needs while a person or an animal is in danger and the phone is at her ear."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, CasePet, Contact, Direction, Party
from cases.panels import Panels
from cases.words import amid
from foundation.accounts.models import User
from foundation.escalation.models import Page
from people.models import ContactKind, ContactPoint, Person, PersonKind

CLINICS = 5
READ = 50
TOLD = 8
SYMPTOMS = 300

SCRIPT: tuple[str | Promise, ...] = (
    gettext_lazy("Ask where they are, and repeat the address."),
    gettext_lazy("A person hurt or threatened: they call the emergency number now, or you call it for them."),
    gettext_lazy("An animal: ask whether it breathes, bleeds or stands. It goes to the nearest open clinic now."),
    gettext_lazy("Nobody gives it food, water or medicine before a vet has said so."),
    gettext_lazy("Nobody goes back in alone. Ask who else is there."),
    gettext_lazy("Say when you call again, and write that down."),
)


@dataclass(frozen=True, slots=True)
class Clinic:
    """A vet who can be called."""

    name: str
    phone: str
    href: str
    note: str


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody was told something."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Emergency:
    """The pane of one case, from what the case knows already."""

    place: str
    pet: str
    symptoms: str
    facts: Sequence[tuple[str, str]]
    clinics: Sequence[Clinic]
    script: Sequence[str | Promise]
    told: Sequence[Told]
    since: datetime


def emergency_of(case: Case, *, panels: Panels, reader: User) -> Emergency | None:
    """The pane of a case of severity 1 or with somebody in danger now; None for any other. Three queries."""
    incident = getattr(case, "incident", None)
    if case.severity != 1 and not (incident and incident.immediate_danger):
        return None
    return Emergency(
        place=incident.place if incident else "",
        pet=", ".join(filter(None, map(_pet, panels.pets))),
        symptoms=case.description[:SYMPTOMS],
        facts=[_fact(entry.party) for entry in panels.people],
        clinics=_clinics(case, panels, reader),
        script=SCRIPT,
        told=_told(case),
        since=case.received_at,
    )


def _pet(entry: CasePet) -> str:
    harm = amid(entry.get_harm_display()) if entry.harm else ""
    return ", ".join(filter(None, [str(entry.pet), entry.pet.breed, harm]))


def _fact(party: Party) -> tuple[str, str]:
    phone = next((point for point in party.person.contact_points.all() if point.kind == ContactKind.PHONE), None)
    return str(party.get_role_display()), ", ".join([party.person.name, *([phone.shown] if phone else [])])


def _clinics(case: Case, panels: Panels, reader: User) -> list[Clinic]:
    """Vets of the case's country whom the reader may know of, with a phone, those of the case first.

    Distances are not known here.
    """
    named = {entry.party.person_id for entry in panels.people}
    vets = Person.objects.visible_to(reader).filter(kind=PersonKind.VET, country=case.market)
    phones = ContactPoint.objects.filter(kind=ContactKind.PHONE, person__in=vets)
    found = list(phones.select_related("person").order_by("person__name", "pk")[:READ])
    found.sort(key=lambda phone: phone.person_id not in named)
    return [
        Clinic(phone.person.name, phone.shown, phone.href, _("in this case") if phone.person_id in named else "")
        for phone in found[:CLINICS]
    ]


def _told(case: Case) -> list[Told]:
    """Whom we reached or called for, newest first."""
    words = (
        Contact.objects.filter(case=case, direction=Direction.OUT)
        .select_related("party__person", "by")
        .order_by("-occurred_at")[:TOLD]
    )
    pages = (
        Page.objects.filter(escalation__subject_kind="case", escalation__subject_id=str(case.pk))
        .select_related("person")
        .order_by("-paged_at")[:READ]
    )
    told = [Told(word.occurred_at, _word(word)) for word in words]
    # Called for on two channels, or again while nobody answered, she was told: the last time counts.
    called = {page.person_id: page for page in sorted(pages, key=lambda page: page.paged_at)}
    told += [Told(page.paged_at, _("%(name)s was called for") % {"name": page.person.name}) for page in called.values()]
    return sorted(told, key=lambda item: item.at, reverse=True)[:TOLD]


def _word(word: Contact) -> str:
    person = word.party.person.name if word.party else _("Somebody outside")
    return _("%(person)s, by %(channel)s") % {"person": person, "channel": amid(word.get_channel_display())}
