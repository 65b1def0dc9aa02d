"""Rules about staff and teams that a table cannot say. Each ``check_x`` raises the sentence that a page shows."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Role
from foundation.audit.actors import Acting


class StaffChangeRefused(Exception):
    """A change of staff or teams that a rule forbids; its text is the sentence for whoever tried it."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


INTAKE = "intake"
"""Slug of the team that takes what no route sends elsewhere. It is always there."""


def check_not_herself(user: User, *, by: Acting) -> None:
    """Nobody changes her own role or ends her own access: two people know of every such change."""
    if by.actor == user.actor:
        raise StaffChangeRefused(_("Somebody else has to change your own role or access."))


def check_an_admin_stays(user: User) -> None:
    """The last active admin stays one. Call with the admins' rows locked."""
    if user.role != Role.ADMIN or not user.is_active:
        return
    if not User.objects.active().filter(role=Role.ADMIN).exclude(pk=user.pk).exists():
        raise StaffChangeRefused(_("%(name)s is the only admin; make somebody else admin first.") % {"name": user.name})


def check_leads_no_team(user: User) -> None:
    """Whoever leads a team is paged for it: it gets another lead before she goes."""
    team = user.leads.filter(is_active=True).first()
    if team is not None:
        raise StaffChangeRefused(
            _("%(name)s leads %(team)s; give that team another lead first.") % {"name": user.name, "team": team.name}
        )


def check_may_lead(user: User) -> None:
    """A team's lead is an active lead or manager: she is asked for what only those may do."""
    if not user.is_active or user.role not in (Role.LEAD, Role.MANAGER):
        raise StaffChangeRefused(_("%(name)s is not an active lead or manager.") % {"name": user.name})


def check_may_set_skills(user: User, *, by: Acting) -> None:
    """Which cases somebody is given is her lead's to say; managers and admins may for everybody."""
    if not isinstance(by, User) or by.role in (Role.MANAGER, Role.ADMIN):
        return
    if not user.teams.filter(lead=by, is_active=True).exists():
        raise StaffChangeRefused(_("The lead of her team says which cases %(name)s is given.") % {"name": user.name})


def check_may_close(team: Team) -> None:
    """The team that takes everything unrouted cannot be closed."""
    if team.slug == INTAKE:
        raise StaffChangeRefused(_("This team takes what no route sends elsewhere, so it stays open."))
