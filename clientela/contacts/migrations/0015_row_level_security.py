from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("contacts", "0014_programme_versions")]
    operations = protect("contacts_programmeversion")
