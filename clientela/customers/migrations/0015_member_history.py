"""The history of a file tells membership too."""

from importlib import import_module

from django.db import migrations

before = import_module("clientela.customers.migrations.0007_history")
_table, ABOUT, FIELDS = before.TABLES["customer"]


def _told(fields: list[str]) -> str:
    return before._function("customer", ABOUT, fields).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("customers", "0014_members")]
    operations = [migrations.RunSQL(_told([*FIELDS, "member_since", "member_level"]), _told(FIELDS))]
