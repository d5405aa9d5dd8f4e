"""Rooms that exist get the rights in voice channels that are new."""

from django.db import migrations

from rooms.permissions import Role

# "Join voice channels and speak" was one right: whoever had it speaks on.
FROM_CONNECT = ("speak_voice", "Speak in voice channels")
LISTENING = "Join voice channels and listen"
BY_ROLE = (
    ("write_captions", "Write live captions in voice channels", {Role.CREATOR, Role.MODERATOR, Role.USER}),
    ("priority_speaker", "Be heard before others in voice channels", {Role.CREATOR, Role.MODERATOR}),
)


def grant_voice_rights(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    RoleGroup = apps.get_model("rooms", "RoleGroup")
    Grant = apps.get_model("rooms", "RoomGroupObjectPermission")
    groups = list(RoleGroup.objects.all())
    if not groups:
        return
    content_type = ContentType.objects.get(app_label="rooms", model="room")
    rights = Permission.objects.filter(content_type=content_type)
    rights.filter(codename="connect_voice").update(name=LISTENING)
    connects = set(Grant.objects.filter(permission__codename="connect_voice").values_list("group_id", flat=True))
    wanted = [(*FROM_CONNECT, [each for each in groups if each.group_id in connects])]
    wanted += [(*right, [each for each in groups if each.role in roles]) for *right, roles in BY_ROLE]
    grants = []
    for codename, name, holders in wanted:
        # Django makes these itself, but only after all migrations; 0003 has done both where it ran just now.
        right, created = Permission.objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        if created:
            grants += [
                Grant(permission=right, group_id=each.group_id, content_object_id=each.room_id) for each in holders
            ]
    Grant.objects.bulk_create(grants)


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("rooms", "0007_voice_moderation"),
    ]

    operations = [migrations.RunPython(grant_voice_rights, migrations.RunPython.noop)]
