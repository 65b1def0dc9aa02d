"""Every change to staff, teams, routes and keys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from foundation.accounts import events
from foundation.accounts.actors import staff_or_none
from foundation.accounts.keys import digest, draw_key
from foundation.accounts.models import ApiKey, Integration, Membership, Route, Skills, Team, User
from foundation.accounts.permissions import NAMEABLE, ROLES, Role
from foundation.accounts.policies import (
    StaffChangeRefused,
    check_an_admin_stays,
    check_leads_no_team,
    check_may_close,
    check_may_lead,
    check_may_set_skills,
    check_not_herself,
)
from foundation.accounts.skills import known_kinds, known_languages, known_markets
from foundation.audit import trail
from foundation.audit.actors import Acting

KEY_USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """Cases of this market, in this language ("": in any), go to the team."""

    market: str
    language: str = ""


@transaction.atomic
def create_staff(*, email: str, name: str, role: str, by: Acting, now: datetime) -> User:
    """Add a member of staff, who sets her password by a link (sign_in.password_link).

    Raises ValidationError for an address that is none or is taken and for a role that staff cannot hold.
    """
    email = User.objects.normalize_email(email.strip()).lower()
    validate_email(email)
    if role not in Role.values or role == Role.INTEGRATION:
        raise ValidationError({"role": _("There is no such role for staff.")})
    if User.objects.filter(email__iexact=email).exists():
        raise ValidationError({"email": _("Somebody with this email is on the staff already.")})
    user = User(email=email, name=name.strip(), role=role, created_at=now)
    user.set_unusable_password()
    user.save()
    trail.record(events.STAFF_CREATED, about=user, by=by, role=role)
    return user


@transaction.atomic
def change_role(user: User, *, role: str, by: Acting, now: datetime) -> User:
    """Give her another role. Every session of hers ends, so that nothing done under the old one goes on."""
    user = _locked(user)
    if role == user.role:
        return user
    check_not_herself(user, by=by)
    check_an_admin_stays(user)
    if role not in (Role.LEAD, Role.MANAGER):
        check_leads_no_team(user)
    if role not in Role.values or role == Role.INTEGRATION:
        raise ValidationError({"role": _("There is no such role for staff.")})
    old, user.role = user.role, role
    user.session_epoch += 1
    user.named_for_staff_subject = user.named_for_staff_subject and role in NAMEABLE
    user.save(update_fields=["role", "session_epoch", "named_for_staff_subject"])
    trail.record(events.STAFF_ROLE_CHANGED, about=user, by=by, old=old, new=role)
    return user


@transaction.atomic
def deactivate_staff(user: User, *, by: Acting, now: datetime, reason: str = "") -> User:
    """End somebody's access. Her sessions end at once; what she did stays hers. Safe to run twice."""
    user = _locked(user)
    if not user.is_active:
        return user
    check_not_herself(user, by=by)
    check_an_admin_stays(user)
    check_leads_no_team(user)
    user.is_active, user.deactivated_at = False, now
    user.session_epoch += 1
    user.save(update_fields=["is_active", "deactivated_at", "session_epoch"])
    trail.record(events.STAFF_DEACTIVATED, about=user, by=by, reason=reason)
    return user


@transaction.atomic
def reactivate_staff(user: User, *, by: Acting, now: datetime) -> User:
    """Give somebody her access back, with the role she had. Safe to run twice."""
    user = _locked(user)
    if user.is_active:
        return user
    check_not_herself(user, by=by)
    user.is_active, user.deactivated_at = True, None
    user.save(update_fields=["is_active", "deactivated_at"])
    trail.record(events.STAFF_REACTIVATED, about=user, by=by)
    return user


@transaction.atomic
def name_for_staff_subject(user: User, *, named: bool, by: Acting, now: datetime) -> User:
    """Say whether she is a lead who sees cases about members of staff."""
    user = _locked(user)
    if user.named_for_staff_subject == named:
        return user
    check_not_herself(user, by=by)
    if named:
        check_may_lead(user)
    user.named_for_staff_subject = named
    user.save(update_fields=["named_for_staff_subject"])
    trail.record(events.STAFF_NAMED, about=user, by=by, named=named)
    return user


@transaction.atomic
def set_skills(
    user: User, *, languages: Iterable[str], markets: Iterable[str], kinds: Iterable[str], by: Acting, now: datetime
) -> Skills:
    """Say which cases a rule may give her; an empty list asks nothing. The same again changes nothing.

    Raises ValidationError for a language, market or kind that is not known, StaffChangeRefused for whoever is not her lead.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    check_may_set_skills(user, by=by)
    wanted = {
        "languages": known_languages(languages),
        "markets": known_markets(markets),
        "kinds": known_kinds(kinds),
    }
    skills = Skills.objects.filter(user=user).first() or Skills(user=user)
    if any(getattr(skills, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(skills, name, value)
        skills.save()
        trail.record(events.STAFF_SKILLS_CHANGED, about=user, by=by, **wanted)
    return skills


@transaction.atomic
def end_sessions(user: User, *, by: Acting, now: datetime) -> User:
    """Sign somebody out everywhere."""
    user = _locked(user)
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])
    trail.record(events.STAFF_SIGNED_OUT, about=user, by=by)
    return user


@transaction.atomic
def change_preferences(user: User, *, by: User, now: datetime, **changes: Any) -> User:
    """Change how the desk looks to her: language, time_zone, theme, shortcuts. Only her own."""
    if by.pk != user.pk:
        raise StaffChangeRefused(_("Preferences are each person's own."))
    unknown = changes.keys() - {"language", "time_zone", "theme", "shortcuts"}
    if unknown:
        raise TypeError(f"No such preference: {', '.join(sorted(unknown))}")
    user = _locked(user)
    changed = {name: value for name, value in changes.items() if getattr(user, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(user, name, value)
        user.full_clean(validate_unique=False, validate_constraints=False, exclude=["password"])
        user.save(update_fields=list(changed))
        trail.record(events.PREFERENCES_CHANGED, about=user, by=by, **changed)
    return user


@transaction.atomic
def create_team(
    *,
    name: str,
    country: str,
    time_zone: str,
    by: Acting,
    now: datetime,
    lead: User | None = None,
    members: Iterable[User] = (),
    routes: Sequence[RouteSpec] = (),
    slug: str = "",
) -> Team:
    """Make a team. Raises ValidationError when its name is taken or a route already leads to another team."""
    slug = slug or slugify(name)[:50]
    if not slug or Team.objects.filter(slug=slug).exists():
        raise ValidationError({"name": _("There is a team of this name already.")})
    if lead is not None:
        check_may_lead(lead)
    team = Team.objects.create(slug=slug, name=name, country=country, time_zone=time_zone, lead=lead)
    _set_members(team, members)
    _set_routes(team, routes)
    trail.record(events.TEAM_CREATED, about=team, by=by, slug=slug)
    return team


@transaction.atomic
def edit_team(
    team: Team,
    *,
    by: Acting,
    now: datetime,
    name: str,
    country: str,
    time_zone: str,
    lead: User | None,
    members: Iterable[User],
    routes: Sequence[RouteSpec],
    is_active: bool = True,
) -> Team:
    """Change a team as a whole. Its cases keep their team; new ones follow the new routes."""
    team = Team.objects.select_for_update().get(pk=team.pk)
    if not is_active:
        check_may_close(team)
    if lead is not None and lead.pk != team.lead_id:
        check_may_lead(lead)
    wanted = {"name": name, "country": country, "time_zone": time_zone, "lead_id": lead.pk if lead else None}
    wanted["is_active"] = is_active
    fields = [field for field, value in wanted.items() if getattr(team, field) != value]
    for field in fields:
        setattr(team, field, wanted[field])
    team.save(update_fields=fields)
    facts: dict[str, Any] = {}
    if membership := _set_members(team, members):
        fields.append("members")
        facts.update(membership)
    if _set_routes(team, routes):
        fields.append("routes")
    if fields:
        trail.record(events.TEAM_EDITED, about=team, by=by, fields=fields, lead=team.lead_id, **facts)
    return team


@transaction.atomic
def create_api_key(
    *,
    integration_name: str,
    by: Acting,
    now: datetime,
    scopes: Iterable[str] | None = None,
    expires_at: datetime | None = None,
    allowed_networks: Sequence[str] = (),
) -> tuple[ApiKey, str]:
    """Make a key for the integration of this name, which is made when it is new. Returns the key's row and its text.

    The text is shown once: only its digest is kept. Without ``scopes`` it holds all that the role does.
    """
    all_scopes = ROLES[Role.INTEGRATION].scopes
    wanted = sorted(all_scopes if scopes is None else set(scopes))
    if unknown := set(wanted) - all_scopes:
        raise ValidationError({"scopes": _("There is no scope %(scope)s.") % {"scope": ", ".join(sorted(unknown))}})
    name = integration_name.strip()
    if not name:
        raise ValidationError({"integration": _("Say which system the key is for.")})
    integration, _made = Integration.objects.get_or_create(name=name, defaults={"created_at": now})
    secret, prefix = draw_key()
    key = ApiKey.objects.create(
        integration=integration,
        prefix=prefix,
        sha256=digest(secret),
        scopes=wanted,
        allowed_networks=list(allowed_networks),
        expires_at=expires_at,
        created_at=now,
        created_by=staff_or_none(by),
    )
    trail.record(events.KEY_CREATED, about=key, by=by, prefix=prefix, scopes=wanted, integration=integration.pk)
    return key, secret


@transaction.atomic
def revoke_api_key(key: ApiKey, *, by: Acting, now: datetime) -> ApiKey:
    """End a key. Safe to run twice: the first time stands."""
    key = ApiKey.objects.select_for_update(of=("self",)).select_related("integration").get(pk=key.pk)
    if key.revoked_at is None:
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
        trail.record(events.KEY_REVOKED, about=key, by=by, prefix=key.prefix)
    return key


def note_key_use(key: ApiKey, *, now: datetime) -> None:
    """Remember that the key was used, at most once a minute: a busy key must not turn every read into a write."""
    if key.last_used_at is None or key.last_used_at <= now - KEY_USE_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - KEY_USE_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def _locked(user: User) -> User:
    """Her row, locked together with every admin's, so that two admins cannot remove each other at once."""
    rows = User.objects.select_for_update().filter(Q(pk=user.pk) | Q(role=Role.ADMIN)).order_by("pk")
    return next(row for row in rows if row.pk == user.pk)


def _set_members(team: Team, members: Iterable[User]) -> dict[str, list[int]]:
    """Make these the team's members. Returns who joined and who left, empty when nobody did."""
    wanted = {member.pk for member in members}
    present = set(team.memberships.values_list("user_id", flat=True))
    joined, left = sorted(wanted - present), sorted(present - wanted)
    Membership.objects.bulk_create(Membership(team=team, user_id=pk) for pk in joined)
    team.memberships.filter(user_id__in=left).delete()
    return {name: pks for name, pks in (("joined", joined), ("left", left)) if pks}


def _set_routes(team: Team, routes: Sequence[RouteSpec]) -> bool:
    """Make these the team's routes. Raises ValidationError for one that leads to another team."""
    wanted = {(route.market.upper(), route.language) for route in routes}
    present = set(team.routes.values_list("market", "language"))
    if wanted == present:
        return False
    for market, language in sorted(wanted - present):
        other = Route.objects.filter(market=market, language=language).exclude(team=team).select_related("team").first()
        if other is not None:
            message = _("%(route)s goes to %(team)s already.") % {"route": other, "team": other.team}
            raise ValidationError({"routes": message})
    for market, language in present - wanted:
        team.routes.filter(market=market, language=language).delete()
    Route.objects.bulk_create(Route(team=team, market=m, language=code) for m, code in sorted(wanted - present))
    return True
