from django.db import migrations

from clientela.customers.following import follow_merged
from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("contacts", "0034_recognitions")]
    operations = [*protect("contacts_recognition"), *follow_merged("contacts_recognition")]
