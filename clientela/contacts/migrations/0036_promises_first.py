"""A promised call ranks before all that is merely due."""

from django.db import migrations

FORWARD = """
UPDATE contacts_contacttask SET ranks_at = call_back_at - interval '3653 days'
WHERE state = 'open' AND call_back_at IS NOT NULL AND ranks_at = call_back_at;
"""
BACK = """
UPDATE contacts_contacttask SET ranks_at = call_back_at
WHERE state = 'open' AND call_back_at IS NOT NULL AND ranks_at = call_back_at - interval '3653 days';
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0035_protect_recognitions")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
