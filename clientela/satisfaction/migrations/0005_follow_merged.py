from django.db import migrations

from clientela.customers.following import follow_merged


class Migration(migrations.Migration):
    dependencies = [("satisfaction", "0004_texts"), ("customers", "0020_follow_merged")]
    operations = follow_merged("satisfaction_response")
