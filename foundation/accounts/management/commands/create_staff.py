"""The first people of a desk, without the demo."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from foundation.accounts.operations import create_staff
from foundation.accounts.permissions import Role
from foundation.accounts.sign_in import password_link
from foundation.audit.actors import SYSTEM


class Command(BaseCommand):
    help = "Add a member of staff and print a link, good once, that sets the password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", required=True, choices=[role for role in Role.values if role != Role.INTEGRATION])
        parser.add_argument("--name", default="", help="by default what stands before the @")

    def handle(self, *args: Any, email: str, role: str, name: str, **options: Any) -> None:
        try:
            user = create_staff(
                email=email, name=name or email.partition("@")[0], role=role, by=SYSTEM, now=timezone.now()
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(password_link(user))
