from django.db import migrations, models

import cases.references


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_shipped_playbooks")]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="reference",
            field=models.CharField(
                db_default=cases.references.NextReference(), editable=False, max_length=16, unique=True
            ),
        )
    ]
