"""What files alone had called special is proposed to a manager (S4-3.2.4.2b)."""

from django.db import migrations

PROPOSE = """
UPDATE customers_visit SET special_said = special, special = special AND special_at IS NOT NULL WHERE special
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0021_special_vehicles_proposed_and_members")]

    operations = [migrations.RunSQL(PROPOSE, "UPDATE customers_visit SET special = special OR special_said")]
