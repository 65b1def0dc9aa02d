from django.db import migrations, models


class Migration(migrations.Migration):
    """Count what called for somebody within the last minutes without reading all that ever did."""

    dependencies = [("escalation", "0004_rotations")]

    operations = [
        migrations.AddIndex("cause", models.Index(fields=["occurred_at"], name="escalation_cause_when")),
    ]
