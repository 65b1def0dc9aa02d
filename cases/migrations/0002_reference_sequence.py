from django.db import migrations


class Migration(migrations.Migration):
    """The numbers of references, from TS-10001 on."""

    dependencies = [("cases", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE cases_reference AS bigint START WITH 10001 CACHE 1", "DROP SEQUENCE cases_reference"
        )
    ]
