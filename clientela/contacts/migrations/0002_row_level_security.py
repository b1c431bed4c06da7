from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]
    operations = protect("contacts_programme", "contacts_programmestep", "contacts_contacttask", "contacts_attempt", "contacts_finding", "contacts_remedy")
