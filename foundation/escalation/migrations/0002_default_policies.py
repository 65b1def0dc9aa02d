from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

LEAD: dict[str, Any] = {
    "targets": [{"kind": "team_lead"}],
    "channels": ["in_app", "mail"],
    "ack_seconds": 15 * 60,
    "window": None,
}
NAMED: dict[str, Any] = {**LEAD, "targets": [{"kind": "named"}]}
EVERY_MANAGER = [{"kind": "role", "id": "manager", "on_shift": False}]

POLICIES: list[tuple[str, str, str, list[dict[str, Any]]]] = [
    ("first-response", "First response missed", "breach:first_response", [LEAD]),
    ("resolution", "Resolution missed", "breach:resolution", [LEAD]),
    ("by-hand", "Called by hand", "by_hand", [NAMED, LEAD]),
    ("above-everybody", "Above the level of everybody on shift", "level:nobody", [LEAD]),
]


def ship(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A missed target calls the team's lead at once, three times in all, then every manager (contract.md, Shipped defaults)."""
    policy_model = apps.get_model("escalation", "EscalationPolicy")
    version_model = apps.get_model("escalation", "EscalationPolicyVersion")
    for slug, name, reason, levels in POLICIES:
        policy = policy_model.objects.create(slug=slug, name=name, reason=reason)
        version_model.objects.create(
            policy=policy, number=1, levels=levels, repeat=2, catch_all=EVERY_MANAGER, created_at=timezone.now()
        )


class Migration(migrations.Migration):
    dependencies = [("escalation", "0001_initial")]

    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
