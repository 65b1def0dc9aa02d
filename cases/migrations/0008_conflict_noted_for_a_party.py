import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_resolved_cases_by_last_contact"), ("people", "0002_find_people")]

    operations = [
        migrations.AddField(
            model_name="conflict",
            name="noted_for",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.person",
                verbose_name="the party that she is",
            ),
        ),
    ]
