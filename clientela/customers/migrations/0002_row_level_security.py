from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = protect("customers_customer", "customers_contactpoint", "customers_vehicle", "customers_ownership", "customers_odometerreading", "customers_visit")
