"""What holds a task is asked past the row policies, of a task that was seen."""

from django.db import migrations

from clientela.contacts.holding import FUNCTION


class Migration(migrations.Migration):
    dependencies = [("contacts", "0032_follow_merged")]
    operations = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
