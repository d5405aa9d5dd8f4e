from django.db import migrations

from rooms.addresses import KEY, unguessable


def give_keys(apps, schema_editor):
    """What not everybody may know of gets an address that nobody can guess (docs/adr/0014)."""
    hidden = [
        apps.get_model("rooms", "Room").objects.filter(visibility="private"),
        apps.get_model("rooms", "Channel").objects.filter(audience="moderators"),
    ]
    for things in hidden:
        for thing in things.only("slug"):
            if not KEY.search(thing.slug):
                things.filter(pk=thing.pk).update(slug=unguessable(thing.slug))


class Migration(migrations.Migration):
    dependencies = [("rooms", "0008_voice_rights")]

    operations = [migrations.RunPython(give_keys, migrations.RunPython.noop)]
