from django.db import migrations

# In SQL a column's name hides a parameter's: `plate` alone was the plate of each car, not the one searched for.
FORWARD = """
CREATE OR REPLACE FUNCTION customers_find(words text[], digits text, plate text, term text, dealerships int[])
RETURNS TABLE (customer_id bigint) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    WITH seen AS (
        SELECT array_agg(place) AS places FROM unnest($5) place
        WHERE place = ANY (string_to_array(nullif(current_setting('clientela.dealerships', true), ''), ',')::bigint[])
    )
    SELECT id FROM (
        (SELECT c.id, c.search_name FROM customers_customer c, seen
         WHERE c.dealership_id = ANY (seen.places) AND cardinality($1) > 0
            AND c.search_name LIKE ALL (SELECT '%' || replace(replace(w, '%', ''), '_', '') || '%' FROM unnest($1) w)
         ORDER BY c.search_name, c.id LIMIT 51)
        UNION
        (SELECT c.id, c.search_name FROM seen, customers_contactpoint p JOIN customers_customer c ON c.id = p.customer_id
         WHERE p.dealership_id = ANY (seen.places) AND length($2) >= 4 AND p.value LIKE '%' || $2 || '%'
         LIMIT 51)
        UNION
        (SELECT c.id, c.search_name FROM seen, customers_vehicle v
         JOIN customers_ownership o ON o.vehicle_id = v.id JOIN customers_customer c ON c.id = o.customer_id
         WHERE v.dealership_id = ANY (seen.places) AND length($3) >= 3
            AND (v.plate_key LIKE $3 || '%' OR right(v.vin, 8) LIKE '%' || $3 OR v.vin LIKE $3 || '%')
         LIMIT 51)
        UNION
        (SELECT c.id, c.search_name FROM seen, customers_visit v JOIN customers_customer c ON c.id = v.customer_id
         WHERE v.dealership_id = ANY (seen.places) AND $4 <> '' AND v.key = 'number:' || upper($4) LIMIT 51)
    ) found ORDER BY search_name, id LIMIT 50
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_search")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
