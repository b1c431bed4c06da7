"""A step's window is counted in days, working days or months, from an event, a step or an anniversary."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0004_merged_tasks"), ("network", "0005_shift"), ("customers", "0007_history")]
    operations = [
        migrations.RenameField("programmestep", "unit", "from_unit"),
        migrations.AddField("programmestep", "to_unit", models.CharField(max_length=20, default="calendar_day")),
        migrations.AddField(
            "programmestep",
            "excludes",
            django.contrib.postgres.fields.ArrayField(models.CharField(max_length=20), default=list, blank=True),
        ),
        migrations.RunSQL(
            "UPDATE contacts_programmestep SET excludes = '{special}' WHERE excludes_special",
            "UPDATE contacts_programmestep SET excludes_special = 'special' = ANY (excludes)",
        ),
        migrations.RemoveField("programmestep", "excludes_special"),
        migrations.AddField("contacttask", "anchor_on", models.DateField(null=True)),
        migrations.RunSQL(
            "UPDATE contacts_contacttask k SET anchor_on = v.delivered_on FROM customers_visit v WHERE v.id = k.visit_id",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField("contacttask", "anchor_on", models.DateField()),
    ]
