from django.db import migrations

from clientela.network.tenancy import protect

# Records are kept as long as the house says: whoever deletes, and by whatever way, is refused (S4-3.2.4.3.5).
FORWARD = """
CREATE FUNCTION contacts_keep_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE years int;
BEGIN
    SELECT records_years INTO years FROM network_dealership WHERE id = OLD.dealership_id;
    IF OLD.at > now() - make_interval(years => coalesce(years, 3)) THEN
        RAISE EXCEPTION 'A record younger than % years cannot be deleted.', years USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER keep_record BEFORE DELETE ON contacts_contactrecord
    FOR EACH ROW EXECUTE FUNCTION contacts_keep_record();
CREATE TRIGGER keep_letter BEFORE DELETE ON contacts_letter
    FOR EACH ROW EXECUTE FUNCTION contacts_keep_record();
"""
BACK = """
DROP TRIGGER keep_record ON contacts_contactrecord;
DROP TRIGGER keep_letter ON contacts_letter;
DROP FUNCTION contacts_keep_record;
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0026_registers")]
    operations = [
        *protect(
            "contacts_request",
            "contacts_requesthandover",
            "contacts_letter",
            "contacts_lettertemplate",
            "contacts_registerclosing",
            "contacts_inspection",
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
