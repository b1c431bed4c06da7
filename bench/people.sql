-- Who works there, before the masses. Parameter: today. Keys are counted on: 1 to 8 take calls in every house, then
-- come twelve a house in the order of houses, the last two of them consultants.

CREATE TABLE bench_house AS
SELECT id, row_number() OVER (ORDER BY id) AS n, locale FROM network_dealership;

INSERT INTO network_user (password, email, name, position, phone, language, theme, single_keys, is_active, created_at)
SELECT '!', 'agent' || a.n || '@' || a.house || '.example', 'Agent ' || a.n || ' of house ' || a.house, '', '', 'en', '',
    true, true, %(today)s::date
FROM (
    SELECT 0 AS house, n FROM generate_series(1, 8) n UNION ALL
    SELECT h.n, k FROM bench_house h, generate_series(1, 12) k
) a
ORDER BY a.house, a.n;

INSERT INTO network_roleassignment (user_id, role, dealership_id, from_on)
SELECT u.id, 'commercial_manager', h.id, %(today)s::date FROM network_user u, bench_house h WHERE u.id <= 8
UNION ALL
SELECT u.id, CASE u.k WHEN 1 THEN 'cs_manager' WHEN 11 THEN 'sales_consultant' WHEN 12 THEN 'sales_consultant'
    ELSE 'cs_specialist' END, h.id, %(today)s::date
FROM (SELECT id, 1 + (id - 9) / 12 AS house, 1 + (id - 9) %% 12 AS k FROM network_user WHERE id > 8) u
JOIN bench_house h ON h.n = u.house;

-- In China, in Russia and in the giant house three are designated for what nobody's consultant calls.
INSERT INTO contacts_designation (dealership_id, performer, user_id, from_on)
SELECT h.id, p.performer, 8 + 12 * (h.n - 1) + k, %(today)s::date
FROM bench_house h, generate_series(2, 4) k,
    (VALUES ('cs_specialist'), ('information_officer'), ('follow_up_agent')) p (performer)
WHERE h.n = 1 OR h.locale IN ('ru', 'zh-hans');
