from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = protect("journal_entry")
