"""Search in tiers: what is exactly so before what begins so, what contains it, and what is a slip of the keyboard."""

from django.db import migrations

# The ends of numbers; the heads and tails of plates and VINs; names by their beginning, within a house and in all of
# them; Chinese names by their characters, of which one or two make no trigram.
INDEXES = """
CREATE INDEX contactpoint_end ON customers_contactpoint (reverse(value) text_pattern_ops);
CREATE INDEX vehicle_plate_head ON customers_vehicle (plate_key text_pattern_ops) WHERE plate_key <> '';
CREATE INDEX vehicle_plate_end ON customers_vehicle (reverse(plate_key) text_pattern_ops) WHERE plate_key <> '';
CREATE INDEX vehicle_vin_head ON customers_vehicle (vin text_pattern_ops) WHERE vin <> '';
CREATE INDEX vehicle_vin_end ON customers_vehicle (reverse(vin) text_pattern_ops) WHERE vin <> '';
CREATE INDEX customer_name_head ON customers_customer (dealership_id, search_name text_pattern_ops);
CREATE INDEX customer_name_head_anywhere ON customers_customer (search_name text_pattern_ops);
CREATE INDEX customer_name_signs ON customers_customer USING gin (string_to_array(search_name, NULL))
    WHERE search_name ~ '[㐀-鿿]';
"""

# In SQL a column's name hides a parameter's, so these go by number: words, digits, plate, term, dealerships.
# Reads past the row policies, as their owner, and only within them: the dealerships asked for must be among those of
# the transaction. Conditions on names are put together for the words there are: `LIKE ALL` finds no index.
FIND = """
CREATE FUNCTION customers_find(words text[], digits text, plate text, term text, dealerships int[])
RETURNS TABLE (customer_id bigint) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    most CONSTANT int := 51;
    -- of very many that contain a word, these are looked at to find the best
    pool CONSTANT int := 1000;
    places bigint[];
    whole text := array_to_string($1, ' ');
    word text;
    contains text := 'true';
    begins text := 'true';
    swapped text := 'true';
    alike text := 'true';
    plain text;
    slips text;
    hits int := 0;
    more int;
BEGIN
    SELECT array_agg(place) INTO places FROM unnest($5) place
    WHERE place = ANY (string_to_array(nullif(current_setting('clientela.dealerships', true), ''), ',')::bigint[]);
    IF places IS NULL THEN RETURN; END IF;

    IF length($2) >= 4 OR $4 LIKE '%@%' THEN
        word := CASE WHEN $4 LIKE '%@%' THEN translate(lower($4), '%_\\', '') ELSE $2 END;
        RETURN QUERY SELECT c.id FROM customers_contactpoint p JOIN customers_customer c ON c.id = p.customer_id
            WHERE p.dealership_id = ANY (places) AND reverse(p.value) LIKE reverse(word) || '%'
            ORDER BY c.search_name, c.id LIMIT most;
        GET DIAGNOSTICS hits = ROW_COUNT;
        -- What one reads out is how a number ends; few digits, or those that end none, are looked for inside them too.
        IF hits = 0 OR (hits < most AND length(word) < 7) THEN
            RETURN QUERY SELECT c.id FROM customers_contactpoint p JOIN customers_customer c ON c.id = p.customer_id
                WHERE p.dealership_id = ANY (places) AND p.value LIKE '%' || word || '%'
                    AND p.value NOT LIKE '%' || word
                ORDER BY c.search_name, c.id LIMIT most;
            GET DIAGNOSTICS more = ROW_COUNT;
            hits := hits + more;
        END IF;
        -- So many digits are a number of hers and nothing else.
        IF hits > 0 AND length(word) >= 7 THEN RETURN; END IF;
    END IF;

    IF length($3) >= 3 THEN
        word := translate($3, '%_\\', '');
        RETURN QUERY SELECT c.id FROM (
                SELECT v.id, v.plate_key <> word AND v.vin <> word AS in_part FROM customers_vehicle v
                WHERE v.dealership_id = ANY (places) AND (
                    (v.plate_key LIKE word || '%' AND v.plate_key <> '')
                    OR (reverse(v.plate_key) LIKE reverse(word) || '%' AND v.plate_key <> '')
                    OR (v.vin LIKE word || '%' AND v.vin <> '')
                    OR (reverse(v.vin) LIKE reverse(word) || '%' AND v.vin <> ''))
                LIMIT pool
            ) v
            CROSS JOIN LATERAL (
                SELECT o.customer_id AS customer, o.to_on IS NOT NULL AS former FROM customers_ownership o
                WHERE o.vehicle_id = v.id
                UNION ALL SELECT w.customer_id, true FROM customers_visit w WHERE w.vehicle_id = v.id
            ) h
            JOIN customers_customer c ON c.id = h.customer
            GROUP BY c.id ORDER BY min(v.in_part::int * 2 + h.former::int), c.search_name, c.id LIMIT most;
        GET DIAGNOSTICS more = ROW_COUNT;
        hits := hits + more;
        IF more > 0 AND length(word) >= 6 AND word ~ '[0-9]' THEN RETURN; END IF;
    END IF;

    IF $4 ~ '[0-9]' THEN
        RETURN QUERY SELECT v.customer_id FROM customers_visit v
            WHERE v.dealership_id = ANY (places) AND v.key = 'number:' || upper($4) AND v.kind = ANY (
                '{vehicle_delivery,workshop_visit,hand_over,consultation,goods_sale}'::text[]) LIMIT most;
        GET DIAGNOSTICS more = ROW_COUNT;
        hits := hits + more;
    END IF;

    -- Names have no digits; a company's may, so they are looked at when nothing else was meant.
    IF cardinality($1) IS NULL OR cardinality($1) = 0 OR (hits > 0 AND whole ~ '[0-9]') THEN RETURN; END IF;

    -- The whole name, then names that begin so, in their order: house by house, or, of very many houses, in all.
    IF cardinality(places) > 40 THEN
        RETURN QUERY SELECT n.id FROM (
                SELECT c.id, c.search_name FROM customers_customer c
                WHERE c.dealership_id = ANY (places) AND c.search_name LIKE translate(whole, '%_\\', '') || '%'
                ORDER BY c.search_name USING ~<~ LIMIT most
            ) n
            ORDER BY n.search_name <> whole, n.search_name USING ~<~, n.id;
    ELSE
        RETURN QUERY SELECT n.id FROM unnest(places) place
            CROSS JOIN LATERAL (
                SELECT c.id, c.search_name FROM customers_customer c
                WHERE c.dealership_id = place AND c.search_name LIKE translate(whole, '%_\\', '') || '%'
                ORDER BY c.dealership_id, c.search_name USING ~<~ LIMIT most
            ) n
            ORDER BY n.search_name <> whole, n.search_name USING ~<~, n.id LIMIT most;
    END IF;
    GET DIAGNOSTICS more = ROW_COUNT;
    hits := hits + more;
    IF more = most THEN RETURN; END IF;

    -- The words in any order, at the beginning of a word before its middle.
    FOREACH word IN ARRAY $1 LOOP
        word := translate(word, '%_\\', '');
        -- Of one or two letters there are no trigrams: they only count where a word begins, and no index is asked.
        plain := CASE WHEN length(word) > 2 OR word ~ '[㐀-鿿]' THEN format('c.search_name LIKE %L', '%' || word || '%')
            ELSE format(''' '' || c.search_name LIKE %L', '% ' || word || '%') END;
        contains := contains || ' AND ' || plain;
        begins := begins || format(' AND '' '' || c.search_name LIKE %L', '% ' || word || '%');
        IF word ~ '[㐀-鿿]' THEN
            contains := contains || format(' AND c.search_name ~ ''[㐀-鿿]'' AND string_to_array(c.search_name, NULL) @> %L',
                string_to_array(word, NULL));
        END IF;
        -- A slip: two letters in the wrong order, however short the word; failing that, most trigrams in common.
        SELECT string_agg(format('c.search_name LIKE %L',
                '%' || overlay(word PLACING substr(word, n + 1, 1) || substr(word, n, 1) FROM n FOR 2) || '%'), ' OR ')
            INTO slips FROM generate_series(1, least(length(word), 20) - 1) n
            WHERE substr(word, n, 1) <> substr(word, n + 1, 1) AND length(word) >= 3 AND word !~ '[0-9]';
        swapped := swapped || format(' AND (%s%s)', plain, ' OR ' || slips);
        alike := alike || CASE WHEN length(word) >= 4 AND word !~ '[0-9]' THEN format(' AND c.search_name %%> %L', word)
            ELSE ' AND ' || plain END;
    END LOOP;
    RETURN QUERY EXECUTE format(
        'SELECT id FROM (SELECT c.id, c.search_name, %s AS begins FROM customers_customer c
            WHERE c.dealership_id = ANY ($1) AND %s AND c.search_name NOT LIKE %L LIMIT %s) n
         ORDER BY NOT begins, search_name, id LIMIT %s',
        begins, contains, translate(whole, '%_\\', '') || '%', pool, most) USING places;
    GET DIAGNOSTICS more = ROW_COUNT;
    IF hits + more > 0 THEN RETURN; END IF;

    -- Not a clause of the function: who restores a backup may not name a setting of an extension not loaded yet. Any
    -- call loads it.
    PERFORM show_limit(), set_config('pg_trgm.word_similarity_threshold', '0.4', true);
    FOREACH slips IN ARRAY ARRAY[swapped, alike] LOOP
        RETURN QUERY EXECUTE format(
            'SELECT id FROM (SELECT c.id, c.search_name FROM customers_customer c
                WHERE c.dealership_id = ANY ($1) AND %s LIMIT %s) n
             ORDER BY similarity(search_name, $2) DESC, search_name, id LIMIT %s', slips, 4 * pool, most)
            USING places, whole;
        GET DIAGNOSTICS more = ROW_COUNT;
        IF more > 0 THEN RETURN; END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION customers_find FROM PUBLIC;
GRANT EXECUTE ON FUNCTION customers_find TO clientela_app;
"""
BEFORE = """
CREATE FUNCTION customers_find(words text[], digits text, plate text, term text, dealerships int[])
RETURNS TABLE (customer_id bigint) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    WITH seen AS (
        SELECT array_agg(place) AS places FROM unnest($5) place
        WHERE place = ANY (string_to_array(nullif(current_setting('clientela.dealerships', true), ''), ',')::bigint[])
    )
    SELECT c.id FROM customers_customer c, seen
    WHERE c.dealership_id = ANY (seen.places) AND cardinality($1) > 0
        AND c.search_name LIKE ALL (SELECT '%' || replace(replace(w, '%', ''), '_', '') || '%' FROM unnest($1) w)
    ORDER BY c.search_name, c.id LIMIT 50
$$;
REVOKE ALL ON FUNCTION customers_find FROM PUBLIC;
GRANT EXECUTE ON FUNCTION customers_find TO clientela_app;
"""
WITHOUT = """
DROP INDEX vehicle_plate_head; DROP INDEX vehicle_plate_end; DROP INDEX vehicle_vin_head; DROP INDEX vehicle_vin_end;
DROP INDEX customer_name_head; DROP INDEX customer_name_signs; DROP INDEX contactpoint_end;
DROP INDEX customer_name_head_anywhere;
"""
GONE = "DROP FUNCTION customers_find;"


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_merges")]
    operations = [
        migrations.RunSQL(INDEXES, WITHOUT),
        migrations.RunSQL(GONE + FIND, GONE + BEFORE),
    ]
