from django.db import migrations


def found(apps, schema_editor):
    """The team that takes what no route sends elsewhere."""
    apps.get_model("accounts", "Team").objects.get_or_create(slug="intake", defaults={"name": "Intake"})


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(found, migrations.RunPython.noop)]
