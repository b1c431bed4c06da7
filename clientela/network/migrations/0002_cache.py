"""The table that counts failed sign-ins; what `createcachetable` would make."""

from django.db import migrations

FORWARD = """
CREATE UNLOGGED TABLE network_cache (
    cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX network_cache_expires ON network_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("network", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, "DROP TABLE network_cache")]
