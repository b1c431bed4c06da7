from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_files")]
    operations = protect(
        "customers_change",
        "customers_consent",
        "customers_customerfile",
        "customers_customerresthours",
        "customers_duplicate",
        "customers_export",
        "customers_filerule",
        "customers_merge",
        "customers_mergedrow",
        "customers_profile",
        "customers_upkeep",
    )
