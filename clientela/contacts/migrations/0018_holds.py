import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0017_protect_plans'),
    ]

    operations = [
        migrations.AddField(
            model_name='attempt',
            name='channel',
            field=models.CharField(choices=[('phone', 'phone'), ('in_person', 'in person'), ('email', 'e-mail'), ('letter', 'letter'), ('sms', 'text message'), ('messenger', 'messenger')], default='phone', max_length=20),
        ),
        migrations.AddField(
            model_name='attempt',
            name='counted',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='decided',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='attempt',
            name='declined',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='attempt',
            name='identity_verified',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='attempt',
            name='uncounted',
            field=models.CharField(blank=True, choices=[('same_day', 'on the same day as an earlier one'), ('same_band', 'at the same time of day as an earlier one'), ('channel', 'not by a channel that this contact allows')], max_length=12),
        ),
        migrations.AddField(
            model_name='contacttask',
            name='decided',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='contacttask',
            name='contacted_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='programmestep',
            name='cautions',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('complaint_open', 'a shortcoming of ours is still being put right'), ('recent_contact', 'the customer was spoken to in the last 7 days'), ('recent_purchase', 'the customer bought within the last 6 months'), ('recent_service', 'the customer was in the workshop within the last 3 months')], max_length=20), blank=True, default=list, size=None, verbose_name='asks first if'),
        ),
        migrations.AddField(
            model_name='programmestep',
            name='identity',
            field=models.BooleanField(default=False, verbose_name='make sure of the identity first'),
        ),
        migrations.AddField(
            model_name='programmestep',
            name='remedy_hours',
            field=models.SmallIntegerField(default=24, verbose_name='working hours to put a shortcoming right'),
        ),
        migrations.AddField(
            model_name='remedy',
            name='due_at',
            field=models.DateTimeField(null=True),
        ),
        # What was found before had no time.
        migrations.RunSQL("UPDATE contacts_remedy SET due_at = opened_at + interval '3 days'", migrations.RunSQL.noop),
        # Else the table cannot be altered: the foreign keys of the rows just written are still to be checked.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='remedy',
            name='due_at',
            field=models.DateTimeField(),
        ),
        migrations.AlterField(
            model_name='contacttask',
            name='state',
            field=models.CharField(choices=[('open', 'open'), ('done', 'done'), ('unreached', 'not reached'), ('refused', 'refused'), ('invalid', 'no valid number'), ('cancelled', 'cancelled'), ('merged', 'merged with another contact'), ('suppressed', 'left out: contacted often enough'), ('left_out', 'left out: somebody decided so')], default='open', max_length=12),
        ),
    ]
