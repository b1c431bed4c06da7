import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_row_level_security")]
    operations = [
        migrations.RemoveIndex("contacttask", "task_of_customer"),
        migrations.RemoveIndex("contacttask", "task_of_visit"),
        migrations.AlterField(
            "contacttask",
            "dealership",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="network.dealership"
            ),
        ),
    ]
