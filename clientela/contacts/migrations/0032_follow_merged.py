from django.db import migrations

from clientela.customers.following import follow_merged


class Migration(migrations.Migration):
    dependencies = [("contacts", "0031_line_free"), ("customers", "0020_follow_merged")]
    operations = follow_merged(
        "contacts_contactrecord",
        "contacts_contacttask",
        "contacts_finding",
        "contacts_letter",
        "contacts_nextservice",
        "contacts_plantarget",
        "contacts_request",
        "contacts_talkingpoint",
    )
