from django.db import migrations, models


class Migration(migrations.Migration):

    # Whatever else the history tells by then, it tells the time zone too.
    TELL = """
    DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('customers_note_customer'::regproc),
        '(VALUES ', $$(VALUES ('time_zone', coalesce(o.time_zone::text, ''), coalesce(n.time_zone::text, '')), $$);
    END $do$
    """
    TELL_NO_MORE = """
    DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('customers_note_customer'::regproc),
        $$('time_zone', coalesce(o.time_zone::text, ''), coalesce(n.time_zone::text, '')), $$, '');
    END $do$
    """

    dependencies = [
        ('customers', '0015_member_history'),
        ('network', '0005_shift'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='customerresthours',
            name='customer_rest_ends_after_it_starts',
        ),
        migrations.AddField(
            model_name='customer',
            name='time_zone',
            field=models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='time zone'),
        ),
        migrations.RunSQL(TELL, TELL_NO_MORE),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('time_zone', ''), _negated=True), fields=['id'], name='customer_elsewhere'),
        ),
        migrations.AddConstraint(
            model_name='customerresthours',
            constraint=models.CheckConstraint(condition=models.Q(('ends', models.F('starts')), _negated=True), name='customer_rest_lasts', violation_error_message='The rest ends when it begins. Choose another end.'),
        ),
    ]
