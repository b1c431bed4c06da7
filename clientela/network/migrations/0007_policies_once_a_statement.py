"""Policies that make numbers of the setting once a statement; they did so once a row."""

from django.db import migrations

from clientela.network.tenancy import VISIBLE

ALTER = f"""
DO $$ DECLARE held name; BEGIN
    FOR held IN SELECT tablename FROM pg_policies
        WHERE schemaname = current_schema() AND policyname = 'of_the_dealership'
    LOOP EXECUTE format('ALTER POLICY of_the_dealership ON %I USING (%s)', held, $visible${VISIBLE}$visible$); END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("network", "0006_records_years")]
    operations = [migrations.RunSQL(ALTER, migrations.RunSQL.noop)]
