-- The masses, set-wise. Parameters: first, last (vehicles by number), houses, today. The same numbers give the same data.
-- Foreign keys and row policies are not asked while loading: the superuser is in the role of a replica.

-- One house is a giant with a tenth of all customers, the rest share evenly.
CREATE TABLE bench_row AS
SELECT g AS id, h.id AS dealership_id, h.n AS house, h.locale, abs(hashint8extended(g, 7)) AS luck
FROM generate_series(%(first)s::bigint, %(last)s::bigint) g
JOIN bench_house h ON h.n = CASE WHEN g %% 10 = 0 THEN 1 ELSE 1 + abs(hashint8extended(g, 3)) %% %(houses)s END;

INSERT INTO customers_customer (
    id, dealership_id, kind, full_name, family_name, second_family_name, given_name, patronymic, sex, address,
    language, search_name, created_at, version, region, source, source_note, desired_services, do_not_call, said,
    birth_date)
SELECT id, dealership_id, 'person', given || ' ' || family || ' ' || second, family, second, given, '', '', '',
    locale, translate(lower(given || ' ' || family || ' ' || second), 'íéú', 'ieu'), %(today)s::date, 1, '', 'sale', '', '', false, '{}',
    date '1950-01-01' + (luck / 5 %% 20000)::int
FROM (
    SELECT r.*,
        (ARRAY['Ana', 'Luis', 'María', 'José', 'Elena', 'Igor', 'Olga', 'Wei', 'Carmen', 'Raúl'])[1 + luck %% 10] AS given,
        initcap(syllable.a || syllable.b) AS family, initcap(syllable.b || syllable.c) AS second
    FROM bench_row r CROSS JOIN LATERAL (
        SELECT (parts)[1 + luck %% 12] AS a, (parts)[1 + luck / 12 %% 12] AS b, (parts)[1 + luck / 144 %% 12] AS c
        FROM (SELECT ARRAY['ma', 'ri', 'lo', 'ne', 'ta', 'ko', 'sal', 'ver', 'gon', 'per', 'zu', 'dal']) p (parts)
    ) syllable
) named;

INSERT INTO customers_contactpoint (id, dealership_id, customer_id, kind, value, shown, valid, preferred)
SELECT id, dealership_id, id, 'phone', '+5255' || lpad(id::text, 8, '0'), '55' || lpad(id::text, 8, '0'), true, true
FROM bench_row;

INSERT INTO customers_vehicle (
    id, dealership_id, vin, plate, plate_key, make, model, model_year, special, vehicle_type, colour, said)
SELECT id, dealership_id, 'LVVDB11B' || lpad(id::text, 9, '0'), 'B' || id, 'B' || id, 'Chery',
    (ARRAY['Tiggo 4', 'Tiggo 7', 'Tiggo 8', 'Arrizo 5'])[1 + luck %% 4], 2018 + luck %% 8, luck %% 50 = 0,
    '', '', '{}'
FROM bench_row;

INSERT INTO customers_ownership (id, dealership_id, customer_id, vehicle_id, capacity, from_on)
SELECT id, dealership_id, id, id, 'owner', %(today)s::date - 1 - (luck %% 1095)::int FROM bench_row;

-- A delivery and, mostly, a workshop visit a vehicle, over three years up to yesterday; one in a hundred was cancelled.
-- The consultant is one of the two whom `people.sql` gives each house.
INSERT INTO customers_visit (
    id, dealership_id, kind, key, number, customer_id, vehicle_id, delivered_on, service_line, work, special,
    consultant_name, consultant_id, technician_name, cancelled_at, created_at, changed_at)
SELECT 2 * r.id + n, r.dealership_id, coalesce(v.kind, 'workshop_visit'), 'number:' || v.n || r.id, r.id::text, r.id, r.id,
    %(today)s::date - 1 - (v.luck %% 1095)::int, '', v.work, r.luck %% 50 = 0, 'Consultant ' || r.luck %% 2,
    8 + 12 * r.house - r.luck %% 2, '',
    CASE WHEN v.luck / 7 %% 100 = 0 THEN %(today)s::date END, %(today)s::date, %(today)s::date
FROM bench_row r CROSS JOIN LATERAL (VALUES
    (-1, 'vehicle_delivery', '', r.luck),
    (0, (ARRAY['consultation', 'hand_over', 'goods_sale'])[1 + r.luck / 17 %% 20], 'Service',
        abs(hashint8extended(r.id, 11)))) v (n, kind, work, luck);

DROP TABLE bench_row;
