from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("contacts", "0028_announcements")]
    operations = protect("contacts_announcement", "contacts_told")
