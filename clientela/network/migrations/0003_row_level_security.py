from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    # Not network_roleassignment: it is read to learn which dealerships the transaction may see.
    dependencies = [("network", "0002_cache")]
    operations = protect("network_department", "network_functionmapping", "network_openinghours", "network_resthours", "network_calendarexception", "network_callableinterval")
