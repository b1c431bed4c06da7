from django.db import migrations

from clientela.customers.following import FUNCTION, follow_merged


class Migration(migrations.Migration):
    dependencies = [("customers", "0019_put_off"), ("journal", "0007_registers")]
    operations = [
        FUNCTION,
        *follow_merged(
            "customers_change",
            "customers_consent",
            "customers_contactpoint",
            "customers_customerfile",
            "customers_customerresthours",
            "customers_ownership",
            "customers_profile",
            "customers_upkeep",
            "customers_visit",
            "journal_entry",
        ),
    ]
