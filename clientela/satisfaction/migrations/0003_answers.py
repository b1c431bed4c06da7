from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('satisfaction', '0002_row_level_security'),
    ]

    operations = [
        migrations.AddField(
            model_name='response',
            name='answers',
            field=models.JSONField(default=dict),
        ),
    ]
