from django.db import migrations

from clientela.network.tenancy import protect

# What was recorded before has its first step too.
STEPS = """
INSERT INTO contacts_pointstep (dealership_id, point_id, act, at, by_id, text, record_id)
SELECT p.dealership_id, p.id, CASE WHEN p.answer <> '' THEN 'on_the_spot' ELSE 'recorded' END, p.recorded_at,
    p.owner_id, p.answer, p.record_id
FROM contacts_talkingpoint p;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0024_points")]
    operations = [
        migrations.RunSQL(STEPS, migrations.RunSQL.noop),
        *protect("contacts_pointstep", "contacts_taskplan"),
    ]
