from django.contrib.auth.models import Group
from django.db import models
from guardian.models import GroupObjectPermissionBase

from rooms.permissions import Role

from .room import Room


class RoleGroup(models.Model):
    """The auth group that stands for one role in one room."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="role_groups")
    role = models.CharField(max_length=9, choices=Role)
    group = models.OneToOneField(Group, models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "role"], name="one_group_a_role")]

    def __str__(self) -> str:
        return f"{self.room} · {self.role}"


class RoomGroupObjectPermission(GroupObjectPermissionBase):
    """Guardian's grants on rooms, by a direct foreign key: they vanish with the room, and a look-up is one join."""

    content_object = models.ForeignKey(Room, models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = False
