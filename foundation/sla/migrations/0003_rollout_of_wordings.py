from django.db import migrations, models
from django.utils import timezone


def nothing_to_roll_out(apps, schema_editor):
    """What stands before any clock runs has reached them all."""
    for name in ("CalendarVersion", "PolicyVersion"):
        apps.get_model("sla", name).objects.update(applied_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("sla", "0002_shipped_calendar_and_policy")]
    operations = [
        migrations.AddField("calendarversion", "applied_at", models.DateTimeField(null=True)),
        migrations.AddField("calendarversion", "applied_upto", models.BigIntegerField(default=0)),
        migrations.AddField("policyversion", "applied_at", models.DateTimeField(null=True)),
        migrations.AddField("policyversion", "applied_upto", models.BigIntegerField(default=0)),
        migrations.RunPython(nothing_to_roll_out, migrations.RunPython.noop),
    ]
