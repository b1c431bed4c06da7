from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_merges")]
    operations = [
        migrations.AlterField(
            "entry",
            "kind",
            models.CharField(
                choices=[
                    ("visit", "Visit"),
                    ("visit_corrected", "Visit corrected"),
                    ("attempt", "Call"),
                    ("attempt_undone", "Call undone"),
                    ("finding", "Finding"),
                    ("remedy", "Remedy"),
                    ("customer_edited", "Change"),
                    ("merged", "Merged"),
                    ("merge_undone", "Merge undone"),
                    ("customer_erased", "Erased"),
                ],
                max_length=32,
            ),
        )
    ]
