from django.db import migrations
from django.utils import timezone

HOUR, DAY = 3_600, 86_400
TARGETS = {
    "first_response": {1: 15 * 60, 2: HOUR, 3: 4 * HOUR, 4: 24 * HOUR},
    "resolution": {1: DAY, 2: 3 * DAY, 3: 7 * DAY, 4: 14 * DAY},
}
WARN_PERCENTS = [75]
PAUSES = {"resolution": ["reporter", "respondent", "vet", "legal", "law_enforcement"]}


def ship(apps, schema_editor):
    """The calendar that is always open, and the policy that applies where no other does."""
    now = timezone.now()
    always, is_new = apps.get_model("sla", "Calendar").objects.get_or_create(
        slug="always", defaults={"name": "Around the clock"}
    )
    if is_new:
        apps.get_model("sla", "CalendarVersion").objects.create(
            calendar=always, number=1, spec={"tz": "UTC", "always": True}, created_at=now
        )
    default, is_new = apps.get_model("sla", "Policy").objects.get_or_create(
        slug="default", defaults={"name": "Default", "position": 1_000}
    )
    if not is_new:
        return
    version = apps.get_model("sla", "PolicyVersion").objects.create(policy=default, number=1, created_at=now)
    Target = apps.get_model("sla", "Target")
    Target.objects.bulk_create(
        Target(
            version=version,
            metric=metric,
            severity=severity,
            seconds=seconds,
            calendar=always,
            warn_percents=WARN_PERCENTS,
            pause_on=PAUSES.get(metric, []),
        )
        for metric, by_severity in TARGETS.items()
        for severity, seconds in by_severity.items()
    )


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
