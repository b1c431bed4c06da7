"""A file proposes special vehicles, a manager decides (S4-3.2.4.2b); it tells of members (S4-1.3.4b)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0020_follow_merged'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='visit',
            name='visit_decided_special',
        ),
        migrations.RenameField(
            model_name='arrival',
            old_name='special',
            new_name='special_said',
        ),
        migrations.AddField(
            model_name='arrival',
            name='member',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='arrival',
            name='member_level',
            field=models.CharField(default='', max_length=60),
        ),
        migrations.AddField(
            model_name='arrival',
            name='member_since',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='visit',
            name='special_said',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name='visit',
            name='special',
            field=models.BooleanField(db_default=False, default=False, verbose_name='special vehicle'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(condition=models.Q(('cancelled_at__isnull', True), ('special_at__isnull', True), ('special_said', True)), fields=['dealership', '-delivered_on'], name='visit_proposed_special'),
        ),
    ]
