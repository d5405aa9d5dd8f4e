"""Reports know for whom the channel was that they quote from: it may be deleted."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    Report, Message = apps.get_model('rooms', 'Report'), apps.get_model('rooms', 'Message')
    audience = Message.objects.filter(pk=OuterRef('message')).values('channel__audience')
    Report.objects.exclude(message=None).update(audience=Subquery(audience))


class Migration(migrations.Migration):

    dependencies = [
        ('rooms', '0005_words_and_games'),
    ]

    operations = [
        migrations.AddField(
            model_name='report',
            name='audience',
            field=models.CharField(choices=[('everyone', 'Everyone reads and writes'), ('read_only', 'Members read, moderators write'), ('moderators', 'Only moderators see it')], default='everyone', editable=False, max_length=10),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
