from django.db import migrations

FORWARD = """
CREATE INDEX contact_point_trigrams ON customers_contactpoint USING gin (value gin_trgm_ops);

-- In SQL a column's name hides a parameter's, so these go by number: words, digits, plate, term, dealerships.
-- Reads past the row policies, as their owner, and only within them: the dealerships asked for must be among
-- those of the transaction.
CREATE FUNCTION customers_find(words text[], digits text, plate text, term text, dealerships int[])
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
            AND (v.plate_key LIKE $3 || '%' OR right(v.vin, 8) LIKE '%' || $3 OR v.plate_key LIKE '%' || $3 OR v.vin LIKE $3 || '%')
         LIMIT 51)
        UNION
        (SELECT c.id, c.search_name FROM seen, customers_visit v JOIN customers_customer c ON c.id = v.customer_id
         WHERE v.dealership_id = ANY (seen.places) AND $4 <> '' AND v.key = 'number:' || upper($4) LIMIT 51)
    ) found ORDER BY search_name, id LIMIT 50
$$;
REVOKE ALL ON FUNCTION customers_find FROM PUBLIC;
GRANT EXECUTE ON FUNCTION customers_find TO clientela_app;
"""
BACK = "DROP FUNCTION customers_find; DROP INDEX contact_point_trigrams;"


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_row_level_security")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
