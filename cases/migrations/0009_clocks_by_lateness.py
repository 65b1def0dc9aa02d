"""Indexes by which the auditor finds late clocks: one for each of its two questions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_conflict_noted_for_a_party")]

    operations = [
        migrations.RemoveIndex(model_name="clock", name="cases_clock_due"),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                fields=["next_fire_at"],
                condition=models.Q(next_fire_at__isnull=False),
                name="cases_clock_unfired",
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                fields=["due_at"],
                condition=models.Q(state="running", breached_at__isnull=True),
                name="cases_clock_unjudged",
            ),
        ),
    ]
