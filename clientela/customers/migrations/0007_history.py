"""The history of files is written by the tables themselves, a statement at a time: no path goes round it."""

from django.db import migrations

TABLES = {
    "customer": (
        "customers_customer",
        "n.id, NULL::bigint",
        (
            "kind full_name family_name second_family_name given_name patronymic sex birth_date address region language "
            "source source_note desired_services last_verified_on do_not_call do_not_call_list_on"
        ).split(),
    ),
    "contact_point": ("customers_contactpoint", "n.customer_id, NULL::bigint", ["shown", "valid", "preferred"]),
    "vehicle": (
        "customers_vehicle",
        "NULL::bigint, n.id",
        "vin plate make model model_year vehicle_type colour special cycle_months next_service_on".split(),
    ),
}

#: Who, in which run, when: as the transaction says.
WHO = """
    nullif(current_setting('clientela.by', true), '')::bigint,
    nullif(current_setting('clientela.run', true), '')::bigint,
    coalesce(nullif(current_setting('clientela.at', true), '')::timestamptz, now())
"""
COLUMNS = "dealership_id, noun, row, customer_id, vehicle_id, field, old, new, by_id, run, at"


def _function(noun: str, about: str, fields: list[str]) -> str:
    values = ", ".join(
        f"('{field}', coalesce(o.{field}::text, ''), coalesce(n.{field}::text, ''))" for field in fields
    )
    return f"""
    CREATE FUNCTION customers_note_{noun}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF current_setting('clientela.silent', true) = 'on' THEN RETURN NULL; END IF;
        INSERT INTO customers_change ({COLUMNS})
        SELECT n.dealership_id, '{noun}', n.id, {about}, f.field, f.old, f.new, {WHO}
        FROM before o JOIN after n USING (id)
        CROSS JOIN LATERAL (VALUES {values}) f (field, old, new)
        WHERE f.old IS DISTINCT FROM f.new;
        RETURN NULL;
    END $$;
    """


#: A number that a known customer gets, or loses, is a change of her file; those she came with are not.
NUMBERS = f"""
CREATE FUNCTION customers_note_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('clientela.silent', true) = 'on' THEN RETURN NULL; END IF;
    INSERT INTO customers_change ({COLUMNS})
    SELECT p.dealership_id, 'contact_point', p.id, p.customer_id, NULL::bigint, p.kind,
        CASE TG_OP WHEN 'DELETE' THEN p.shown ELSE '' END, CASE TG_OP WHEN 'DELETE' THEN '' ELSE p.shown END, {{WHO}}
    FROM moved p JOIN customers_customer c ON c.id = p.customer_id
    WHERE TG_OP = 'DELETE'
        OR c.created_at < coalesce(nullif(current_setting('clientela.at', true), '')::timestamptz, now());
    RETURN NULL;
END $$;
CREATE TRIGGER note_number_new AFTER INSERT ON customers_contactpoint REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION customers_note_number();
CREATE TRIGGER note_number_gone AFTER DELETE ON customers_contactpoint REFERENCING OLD TABLE AS moved
    FOR EACH STATEMENT EXECUTE FUNCTION customers_note_number();
""".replace("{WHO}", WHO)


def _triggers() -> str:
    return "".join(
        _function(noun, about, fields)
        + f"""
        CREATE TRIGGER note_changes AFTER UPDATE ON {table} REFERENCING OLD TABLE AS before NEW TABLE AS after
            FOR EACH STATEMENT EXECUTE FUNCTION customers_note_{noun}();
        """
        for noun, (table, about, fields) in TABLES.items()
    )


def _back() -> str:
    return "DROP FUNCTION customers_note_number CASCADE;" + "".join(
        f"DROP FUNCTION customers_note_{noun} CASCADE;" for noun in TABLES
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_row_level_security")]
    operations = [migrations.RunSQL(_triggers() + NUMBERS, _back())]
