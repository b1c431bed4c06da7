"""A first and a second call put the same questions about one visit; each has its answer."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('satisfaction', '0005_follow_merged'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='response',
            name='response_once_a_visit',
        ),
        migrations.AddField(
            model_name='response',
            name='contact',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddConstraint(
            model_name='response',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('visit', 'questionnaire', 'contact'), name='response_once_a_contact'),
        ),
    ]
