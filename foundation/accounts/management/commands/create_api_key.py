"""A key for a system that calls the API."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from foundation.accounts.operations import create_api_key
from foundation.accounts.permissions import ROLES, Role
from foundation.audit.actors import SYSTEM


class Command(BaseCommand):
    help = "Make a key for the integration NAME and print it, alone: it is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument(
            "--scope",
            action="append",
            choices=sorted(ROLES[Role.INTEGRATION].scopes),
            help="may be given several times; without it the key holds all that the integration role does",
        )

    def handle(self, *args: Any, name: str, scope: list[str] | None, **options: Any) -> None:
        try:
            _key, secret = create_api_key(integration_name=name, scopes=scope, by=SYSTEM, now=timezone.now())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(secret)
