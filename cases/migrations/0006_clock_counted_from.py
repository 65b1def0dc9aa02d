from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_reference_drawn_by_the_database")]

    operations = [
        migrations.AddField(model_name="clock", name="counted_from", field=models.DateTimeField(null=True)),
    ]
