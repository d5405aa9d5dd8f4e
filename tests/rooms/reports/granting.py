"""Rights beyond the defaults, as the room's creator gives them."""

from django.contrib.auth.models import Permission

from rooms.models import RoleGroup, RoomGroupObjectPermission


def grant(role: RoleGroup, codename: str) -> None:
    permission = Permission.objects.get(content_type__app_label="rooms", codename=codename)
    RoomGroupObjectPermission.objects.create(permission=permission, group=role.group, content_object=role.room)
