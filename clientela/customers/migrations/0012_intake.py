"""Registers have no day, and names are matched whatever the order of their words."""

from django.db import migrations, models

# Of a name only its words count, not their order nor what stands between them. Chinese has no words.
FORWARD = """
CREATE FUNCTION customers_name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN $1 ~ '[\u3400-\u9fff]' THEN replace($1, ' ', '') ELSE coalesce((
        SELECT string_agg(w, ' ' ORDER BY w COLLATE "C")
        FROM unnest(string_to_array(translate($1, ',.;:-‐‑–—''’`´"«»()', '                  '), ' ')) w WHERE w <> ''
    ), '') END
$$;

-- Rows wait for the length of a transaction: nothing to be kept after a crash. They are updated once or twice each,
-- in place if there is room.
ALTER TABLE customers_arrival SET UNLOGGED;
ALTER TABLE customers_arrival SET (fillfactor = 50);
-- Of the columns by which rows are joined; counting all of them takes longer than blind plans.
CREATE OR REPLACE FUNCTION customers_count_arrivals() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN
    ANALYZE customers_arrival (id, run, kind, key, name_key, vin, plate_key, birth_date, customer, vehicle);
END $$;
CREATE INDEX customer_by_name_key ON customers_customer (dealership_id, customers_name_key(search_name));
"""
BACK = """
DROP INDEX customer_by_name_key; DROP FUNCTION customers_name_key;
ALTER TABLE customers_arrival RESET (fillfactor);
ALTER TABLE customers_arrival SET LOGGED;
CREATE OR REPLACE FUNCTION customers_count_arrivals() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN ANALYZE customers_arrival; END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_lists")]
    operations = [
        migrations.AlterField("arrival", "delivered_on", models.DateField(null=True)),
        migrations.AddField("arrival", "name_key", models.CharField(default="", max_length=200)),
        migrations.RunSQL(FORWARD, BACK),
    ]
