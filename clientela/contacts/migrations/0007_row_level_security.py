from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("contacts", "0006_step_versions")]
    operations = protect("contacts_stepversion")
