"""A cause may be over while the call goes on for another; of calls that are over, every cause is."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def end_causes(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    causes = apps.get_model("escalation", "Cause").objects.filter(escalation__state="resolved")
    escalations = apps.get_model("escalation", "Escalation").objects.filter(pk=models.OuterRef("escalation"))
    causes.update(ended_at=models.Subquery(escalations.values("ended_at")))


class Migration(migrations.Migration):
    dependencies = [("escalation", "0002_default_policies")]

    operations = [
        migrations.AddField("cause", "ended_at", models.DateTimeField(null=True)),
        migrations.RunPython(end_causes, migrations.RunPython.noop),
    ]
