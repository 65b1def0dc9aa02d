"""Bring the database up to date; runs as the schema's owner, and is safe to run twice."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg2 import sql

from tsdesk.health import forget_heartbeats

# What the trail is made of: the runtime role may add and read, never change.
APPEND_ONLY = ("audit_entry", "audit_payload", "audit_seal", "audit_sealed")


class Command(BaseCommand):
    help = "Migrate, make the throttle cache's table, and grant the runtime role what it needs and no more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quick", action="store_true", help="do nothing when no migration is missing")

    def handle(self, *args: Any, quick: bool, verbosity: int, **options: Any) -> None:
        if quick and not _is_behind():
            return
        call_command("migrate", interactive=False, verbosity=verbosity)
        call_command("createcachetable", verbosity=verbosity)
        if settings.AS_OWNER and settings.DATABASE_ROLES_APART:
            grant_runtime_role(settings.RUNTIME_ROLE)
        forget_heartbeats()


def grant_runtime_role(role: str) -> None:
    """Give `role` the rows of every table, and of the trail only to add and to read; in one transaction."""
    statements = [
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
        *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}" for table in APPEND_ONLY),
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role)))


def _is_behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
