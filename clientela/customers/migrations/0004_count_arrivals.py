from django.db import migrations

# Between two files the waiting room is empty, and that is what PostgreSQL remembers of it. Only its owner may
# have it counted; who imports may ask for that, and for nothing else.
FORWARD = """
CREATE FUNCTION customers_count_arrivals() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN ANALYZE customers_arrival; END $$;
REVOKE ALL ON FUNCTION customers_count_arrivals FROM PUBLIC;
GRANT EXECUTE ON FUNCTION customers_count_arrivals TO clientela_app, clientela_planner;
"""
BACK = "DROP FUNCTION customers_count_arrivals;"


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_search")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
