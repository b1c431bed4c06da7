from django.db import migrations

from clientela.network.tenancy import protect

# Calls of before get their lines in the order in which they were made, so that the register begins complete.
NUMBER = """
WITH calls AS (
    SELECT t.*, k.customer_id, k.vehicle_id, k.visit_id, s.anchor,
        extract(year FROM t.at AT TIME ZONE d.time_zone)::smallint AS year
    FROM contacts_attempt t
    JOIN contacts_contacttask k ON k.id = t.task_id
    JOIN contacts_programmestep s ON s.id = k.step_id
    JOIN network_dealership d ON d.id = t.dealership_id
)
INSERT INTO contacts_contactrecord (dealership_id, year, number, direction, kind, channel, started_at, at, by_id,
    instead_of_id, attempt_id, customer_id, vehicle_id, visit_id, caller, phone, summary, words, answer)
SELECT dealership_id, year, row_number() OVER (PARTITION BY dealership_id, year ORDER BY at, id), 'out',
    CASE anchor WHEN 'planned' THEN 'next_service' ELSE 'follow_up' END, channel, started_at, at, by_id,
    instead_of_id, id, customer_id, vehicle_id, visit_id, '', '', '', '', ''
FROM calls;
INSERT INTO contacts_counter (dealership_id, register, year, last)
SELECT dealership_id, 'calls', year, max(number) FROM contacts_contactrecord GROUP BY dealership_id, year;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0022_talking_points")]
    operations = [
        migrations.RunSQL(NUMBER, migrations.RunSQL.noop),
        *protect("contacts_contactrecord", "contacts_counter", "contacts_talkingpoint"),
    ]
