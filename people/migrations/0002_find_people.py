import django.contrib.postgres.indexes
from django.db import migrations, models

import people.folding


class Migration(migrations.Migration):
    """Names are found without case and accents, bookings and external ids without their integration."""

    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(name="contactpoint", options={"ordering": ["-is_preferred", "kind", "pk"]}),
        migrations.RunSQL(people.folding.CREATE, "DROP FUNCTION people_folded(text)"),
        migrations.RemoveIndex(model_name="person", name="people_person_name_trgm"),
        migrations.AddIndex(
            model_name="person",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(people.folding.Folded("name"), name="gin_trgm_ops"),
                name="people_person_folded",
            ),
        ),
        migrations.AddIndex(
            model_name="person", index=models.Index(fields=["-updated_at", "-id"], name="people_person_recent")
        ),
        migrations.AddIndex(
            model_name="externalid", index=models.Index(fields=["value"], name="people_external_value")
        ),
        migrations.AddIndex(model_name="booking", index=models.Index(fields=["external_id"], name="people_booking_id")),
    ]
