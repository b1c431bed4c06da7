"""What holds a contact back, as a function: planned once a connection instead of with every claim."""

from django.db import migrations

from clientela.contacts.holding import FUNCTION


class Migration(migrations.Migration):
    dependencies = [("contacts", "0018_holds"), ("customers", "0016_time_zone"), ("network", "0005_shift")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION contacts_held_by(contacts_contacttask, timestamptz, date)")
    ]
