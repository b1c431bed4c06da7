from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("satisfaction", "0001_initial")]
    operations = protect("satisfaction_response")
