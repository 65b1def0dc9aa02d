from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_clock_counted_from")]

    operations = [
        migrations.RemoveIndex(model_name="case", name="cases_to_close"),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                Coalesce("last_contact_at", "resolved_at"),
                condition=models.Q(state="resolved"),
                name="cases_to_close",
            ),
        ),
    ]
