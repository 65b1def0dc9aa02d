"""An answer that is given again says where its record is and in which state it was left."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_answered_calls")]

    operations = [
        migrations.AddField(
            model_name="answeredcall",
            name="headers",
            field=models.JSONField(default=dict),
        ),
    ]
