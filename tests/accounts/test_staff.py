"""Adding staff, changing roles, ending access."""

from datetime import datetime
from io import StringIO
from threading import Thread

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from foundation.accounts.models import User
from foundation.accounts.operations import (
    change_preferences,
    change_role,
    create_staff,
    deactivate_staff,
    end_sessions,
    name_for_staff_subject,
    reactivate_staff,
)
from foundation.accounts.permissions import Role
from foundation.accounts.policies import StaffChangeRefused
from foundation.audit.actors import SYSTEM
from foundation.audit.models import Entry

pytestmark = pytest.mark.django_db


def events_about(user: User) -> list[str]:
    about_her = Entry.objects.filter(subject_kind="staff", subject_id=str(user.pk)).order_by("pk")
    return list(about_her.values_list("event", flat=True))


def signed_in(client: Client) -> bool:
    return client.get("/accounts/2fa/").status_code == 200


def test_somebody_new_has_no_password_until_she_sets_one(admin: User, now: datetime) -> None:
    user = create_staff(email=" New@Example.com ", name="New", role=Role.AGENT, by=admin, now=now)
    assert user.email == "new@example.com"
    assert not user.has_usable_password()
    assert events_about(user) == ["staff.created"]


@pytest.mark.parametrize("email", ["agent", "", "MAYA.OSEI@example.com"])
def test_an_address_that_is_none_or_taken_is_refused(agent: User, now: datetime, email: str) -> None:
    with pytest.raises(ValidationError):
        create_staff(email=email, name="X", role=Role.AGENT, by=SYSTEM, now=now)


def test_staff_cannot_be_given_the_role_of_integrations(agent: User, admin: User, now: datetime) -> None:
    with pytest.raises(ValidationError):
        create_staff(email="x@example.com", name="X", role=Role.INTEGRATION, by=admin, now=now)
    with pytest.raises(ValidationError):
        change_role(agent, role="emperor", by=admin, now=now)


def test_the_first_people_come_by_command_with_a_link_that_sets_the_password_once(client: Client) -> None:
    call_command("create_staff", "first@example.com", role="admin", stdout=(out := StringIO()))
    link = out.getvalue().strip()
    path = link[link.index("/accounts/") :]
    form = client.get(path, follow=True).redirect_chain[-1][0]
    passwords = {"password1": "a long enough pass phrase", "password2": "a long enough pass phrase"}
    assert client.post(form, passwords).status_code == 302
    assert User.objects.get(email="first@example.com").check_password("a long enough pass phrase")
    assert Client().get(path).status_code == 200  # says that the link was used; nothing to set any more
    with pytest.raises(CommandError, match="already"):
        call_command("create_staff", "first@example.com", role="admin", stdout=StringIO())


def test_deactivation_ends_her_sessions_at_once(client: Client, agent: User, admin: User, now: datetime) -> None:
    client.force_login(agent)
    assert signed_in(client)
    deactivate_staff(agent, by=admin, now=now, reason="Left.")
    assert not signed_in(client)
    reactivate_staff(agent, by=admin, now=now)
    assert not signed_in(client)
    assert events_about(agent)[-2:] == ["staff.deactivated", "staff.reactivated"]


def test_a_new_role_ends_her_sessions(client: Client, agent: User, admin: User, now: datetime) -> None:
    client.force_login(agent)
    change_role(agent, role=Role.SENIOR, by=admin, now=now)
    assert not signed_in(client)


def test_signing_out_everywhere(client: Client, agent: User, now: datetime) -> None:
    client.force_login(agent)
    end_sessions(agent, by=agent, now=now)
    assert not signed_in(client)


def test_nobody_changes_her_own_role_or_access(admin: User, lead: User, now: datetime) -> None:
    with pytest.raises(StaffChangeRefused, match="Somebody else"):
        change_role(admin, role=Role.AGENT, by=admin, now=now)
    with pytest.raises(StaffChangeRefused, match="Somebody else"):
        name_for_staff_subject(lead, named=True, by=lead, now=now)


def test_the_last_admin_stays(admin: User, now: datetime) -> None:
    with pytest.raises(StaffChangeRefused, match="only admin"):
        deactivate_staff(admin, by=SYSTEM, now=now)


def test_whoever_leads_a_team_is_replaced_first(lead: User, admin: User, now: datetime) -> None:
    with pytest.raises(StaffChangeRefused, match="leads United States"):
        deactivate_staff(lead, by=admin, now=now)
    assert change_role(lead, role=Role.MANAGER, by=admin, now=now).role == Role.MANAGER


def test_only_a_lead_is_named_for_cases_about_staff(agent: User, lead: User, admin: User, now: datetime) -> None:
    with pytest.raises(StaffChangeRefused):
        name_for_staff_subject(agent, named=True, by=admin, now=now)
    assert name_for_staff_subject(lead, named=True, by=admin, now=now).named_for_staff_subject


def test_preferences_are_her_own(agent: User, lead: User, now: datetime) -> None:
    change_preferences(agent, by=agent, now=now, language="pt", time_zone="America/Sao_Paulo")
    assert User.objects.get(pk=agent.pk).language == "pt"
    with pytest.raises(StaffChangeRefused):
        change_preferences(agent, by=lead, now=now, language="es")
    with pytest.raises(TypeError):
        change_preferences(agent, by=agent, now=now, role=Role.ADMIN)


@pytest.mark.django_db(transaction=True)
def test_two_admins_cannot_remove_each_other_at_once(admin: User, make_user: object) -> None:
    other = make_user("Second Admin", Role.ADMIN)  # type: ignore[operator]
    refused = []

    def remove(who: User, by: User) -> None:
        try:
            deactivate_staff(who, by=by, now=timezone.now())
        except StaffChangeRefused as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=remove, args=pair) for pair in ((admin, other), (other, admin))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(refused) == 1
    assert User.objects.active().filter(role=Role.ADMIN).count() == 1
