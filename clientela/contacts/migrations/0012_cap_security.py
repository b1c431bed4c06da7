from django.db import migrations

from clientela.network.tenancy import protect


class Migration(migrations.Migration):
    dependencies = [("contacts", "0011_groups")]
    operations = [
        migrations.RunSQL(
            """
            UPDATE contacts_contacttask k SET timing = t.timing FROM contacts_attempt t
            WHERE t.task_id = k.id AND t.undone_at IS NULL AND k.state <> 'open' AND t.number = k.attempts
            """,
            migrations.RunSQL.noop,
        ),
        *protect("contacts_cap"),
    ]
