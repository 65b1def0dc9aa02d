"""Rules about people's records that no table says: check_x raises the sentence, can_x is the answer alone."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import Permission
from foundation.audit.actors import Acting
from people.models import Person, PersonMerge


class PeopleRefused(Exception):
    """Something that is not open to somebody, or not now; ``sentence`` is what she is told."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def check_edit(person: Person, *, by: Acting) -> None:
    """Somebody merged away is edited where she went."""
    if not by.may(Permission.PERSON_EDIT):
        raise PeopleRefused(_("Changing people is not among what your role may do."))
    if person.merged_into_id is not None:
        raise PeopleRefused(_("This record was merged into another. Change that one."))


def can_edit(person: Person, *, by: Acting) -> bool:
    try:
        check_edit(person, by=by)
    except PeopleRefused:
        return False
    return True


def check_merge(kept: Person, merged: Person, *, by: Acting) -> None:
    """Two records that both stand, and are not one and the same."""
    if not by.may(Permission.PERSON_MERGE):
        raise PeopleRefused(_("Merging people is a senior agent's to do."))
    if kept.pk == merged.pk:
        raise PeopleRefused(_("These are one and the same record."))
    if kept.merged_into_id is not None or merged.merged_into_id is not None:
        raise PeopleRefused(_("One of the two was merged into another record meanwhile."))


def check_undo(merge: PersonMerge, *, by: Acting) -> None:
    """A merge comes apart from the outside in: later merges of the kept record first."""
    if not by.may(Permission.PERSON_MERGE):
        raise PeopleRefused(_("Taking a merge apart is a senior agent's to do."))
    if merge.undone_at is not None:
        raise PeopleRefused(_("This merge was taken apart already."))
    if merge.kept.merged_into_id is not None:
        raise PeopleRefused(_("The kept record was merged into another since. Take that merge apart first."))
