from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0002_email_channel'),
    ]

    operations = [
        migrations.AddField(
            model_name='cursor',
            name='rests_until',
            field=models.DateTimeField(null=True),
        ),
    ]
