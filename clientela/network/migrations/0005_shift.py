"""Days counted in days, working days or months: once, for planning and for its explanation."""

from django.db import migrations

from clientela.network.tenancy import protect

FORWARD = """
-- The n-th day, working day or month after a day; none where the calendar of the house does not reach so far. A month
-- later is the same day of the month, or its last.
CREATE FUNCTION network_shift(anchor date, n int, unit text, house bigint) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE unit
        WHEN 'month' THEN (anchor + make_interval(months => n))::date
        WHEN 'working_day' THEN CASE WHEN n = 0 THEN anchor ELSE (
            SELECT w."on" FROM network_workday w WHERE w.dealership_id = house AND w.number = n + coalesce(
                (SELECT max(o.number) FROM network_workday o WHERE o.dealership_id = house AND o."on" <= anchor), -1)
        ) END
        ELSE anchor + n
    END
$$;

-- The last day of a window by the rule for closed days: kept, put off to the next open day, or drawn back to the last
-- open one within the window.
CREATE FUNCTION network_last_day(opens date, last date, rule text, house bigint) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE rule
        WHEN 'extend' THEN coalesce(
            (SELECT min(w."on") FROM network_workday w WHERE w.dealership_id = house AND w."on" >= last), last)
        WHEN 'shorten' THEN coalesce(
            (SELECT max(w."on") FROM network_workday w
             WHERE w.dealership_id = house AND w."on" <= last AND w."on" >= opens), last)
        ELSE last
    END
$$;
"""
BACK = "DROP FUNCTION network_last_day; DROP FUNCTION network_shift;"


class Migration(migrations.Migration):
    dependencies = [("network", "0004_work_days")]
    operations = [*protect("network_workday"), migrations.RunSQL(FORWARD, BACK)]
