from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("imports", "0003_mappings")]
    operations = protect("imports_mapping", "imports_refusedline")
