from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("contacts", "0008_duties")]
    operations = [
        migrations.RunSQL(
            "UPDATE contacts_contacttask k SET performer = s.performer FROM contacts_programmestep s WHERE s.id = k.step_id",
            migrations.RunSQL.noop,
        ),
        *protect("contacts_designation", "contacts_absence"),
    ]
