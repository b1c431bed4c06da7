"""What lists of customers and vehicles are sorted by, each within its house."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0010_consultations")]
    operations = [
        migrations.AddIndex(
            "customer", models.Index(fields=["dealership", "created_at", "id"], name="customer_by_opening")
        ),
        migrations.AddIndex(
            "customer", models.Index(fields=["dealership", "region", "id"], name="customer_by_region")
        ),
        migrations.AddIndex(
            "vehicle", models.Index(fields=["dealership", "make", "model", "id"], name="vehicle_by_model")
        ),
        migrations.AddIndex(
            "vehicle", models.Index(fields=["dealership", "model_year", "id"], name="vehicle_by_year")
        ),
    ]
