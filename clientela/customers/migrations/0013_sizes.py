"""PostgreSQL must know how large a table is before many rows are joined with it."""

from django.db import migrations

# A table of which it knows nothing, or that is twice as large as it knows, is looked at. Autovacuum would do it too,
# but only minutes later: a house's first file comes earlier. Whom somebody else just looks at is left.
FORWARD = """
CREATE FUNCTION customers_size_up() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    known regclass;
BEGIN
    FOREACH known IN ARRAY ARRAY['customers_customer', 'customers_contactpoint', 'customers_vehicle',
        'customers_ownership', 'customers_visit', 'customers_odometerreading']::regclass[]
    LOOP
        IF EXISTS (SELECT 1 FROM pg_class WHERE oid = known AND (reltuples < 0
            OR pg_relation_size(known) > 2 * (relpages + 8) * current_setting('block_size')::bigint))
        THEN
            EXECUTE format('ANALYZE %s', known);
        END IF;
    END LOOP;
EXCEPTION WHEN lock_not_available THEN
    NULL;
END $$;
REVOKE ALL ON FUNCTION customers_size_up FROM PUBLIC;
GRANT EXECUTE ON FUNCTION customers_size_up TO clientela_app, clientela_planner;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0012_intake")]
    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION customers_size_up;")]
