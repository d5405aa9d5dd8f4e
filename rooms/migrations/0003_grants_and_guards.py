"""Rooms that exist get the rights that are new, and the audit log is closed to changes."""

from django.db import migrations

from rooms.permissions import DEFAULT_MATRIX, LABELS, Role

# What an entry says; its links are set to NULL where an account or a channel goes.
GUARDED = ("deed", "reason", "details", "created_at", "room_id")
POSTGRESQL = (
    """
    CREATE FUNCTION rooms_auditentry_stays() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is written once'; END $$
    """,
    f"""
    CREATE TRIGGER rooms_auditentry_stays BEFORE UPDATE OF {", ".join(GUARDED)} ON rooms_auditentry
    FOR EACH ROW EXECUTE FUNCTION rooms_auditentry_stays()
    """,
)
SQLITE = (
    f"""
    CREATE TRIGGER rooms_auditentry_stays BEFORE UPDATE OF {", ".join(GUARDED)} ON rooms_auditentry
    BEGIN SELECT RAISE(ABORT, 'the audit log is written once'); END
    """,
)


def guard_audit_log(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def unguard_audit_log(apps, schema_editor):
    on = " ON rooms_auditentry" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER rooms_auditentry_stays{on}")
    if on:
        schema_editor.execute("DROP FUNCTION rooms_auditentry_stays")


def grant_new_rights(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    RoleGroup = apps.get_model("rooms", "RoleGroup")
    Grant = apps.get_model("rooms", "RoomGroupObjectPermission")
    groups = list(RoleGroup.objects.all())
    if not groups:
        return
    content_type, _ = ContentType.objects.get_or_create(app_label="rooms", model="room")
    known = set(Permission.objects.filter(content_type=content_type).values_list("codename", flat=True))
    grants = []
    for codename in sorted(set(LABELS) - known):
        # Django makes these itself, but only after all migrations.
        right = Permission.objects.create(content_type=content_type, codename=codename, name=str(LABELS[codename]))
        grants += [
            Grant(permission=right, group_id=each.group_id, content_object_id=each.room_id)
            for each in groups
            if codename in DEFAULT_MATRIX[Role(each.role)]
        ]
    Grant.objects.bulk_create(grants)


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("rooms", "0002_communities"),
    ]

    operations = [
        migrations.RunPython(grant_new_rights, migrations.RunPython.noop),
        migrations.RunPython(guard_audit_log, unguard_audit_log),
    ]
