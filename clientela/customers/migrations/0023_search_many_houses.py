"""Who sees hundreds of houses: the search makes numbers of the setting once, not once a house."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module(".0009_search", __package__).FIND
EACH = """    SELECT array_agg(place) INTO places FROM unnest($5) place
    WHERE place = ANY (string_to_array(nullif(current_setting('clientela.dealerships', true), ''), ',')::bigint[]);
"""
ONCE = """    SELECT array_agg(place) INTO places FROM (
        SELECT unnest($5)::bigint
        INTERSECT SELECT unnest(string_to_array(nullif(current_setting('clientela.dealerships', true), ''), ',')::bigint[])
    ) seen (place);
"""
assert EACH in BEFORE


def _again(function: str) -> str:
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("customers", "0022_propose_what_files_said")]
    operations = [migrations.RunSQL(_again(BEFORE.replace(EACH, ONCE)), _again(BEFORE))]
