"""Of two contacts with one customer, the second waits until the first is made."""

from django.db import migrations

from clientela.contacts.holding import FUNCTION


class Migration(migrations.Migration):
    dependencies = [("contacts", "0030_repairs_told")]
    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
