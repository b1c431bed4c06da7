from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("contacts", "0016_plans")]
    operations = protect("contacts_handover", "contacts_plan", "contacts_planreview", "contacts_plantarget")
