from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_initial")]
    operations = protect("imports_run", "imports_remark")
