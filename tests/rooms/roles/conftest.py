"""What the stories of roles share."""

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connections

from accounts.models import User
from rooms.models import AuditEntry, Membership, RoleGroup, Room, RoomGroupObjectPermission
from rooms.permissions import Role
from tests.rooms.conftest import Harbour, build_harbour

SECONDS = 60


@pytest.fixture
def stored(transactional_db: None) -> Harbour:
    """The harbour for stories in which commits matter."""
    return build_harbour()


def grant(room: Room, role: Role, *codenames: str) -> None:
    """Let a role have these rights too, as if the creator had decided so."""
    group = RoleGroup.objects.get(room=room, role=role).group
    for permission in Permission.objects.filter(content_type__model="room", codename__in=codenames):
        RoomGroupObjectPermission.objects.get_or_create(permission=permission, group=group, content_object=room)


def take(room: Room, role: Role, *codenames: str) -> None:
    RoomGroupObjectPermission.objects.filter(
        content_object=room, group__rolegroup__role=role, permission__codename__in=codenames
    ).delete()


def role_of(user: User, room: Room) -> tuple[str, Collection[str]]:
    """The role that the membership names, and those whose groups the person is in: they have to agree."""
    groups = RoleGroup.objects.filter(room=room, group__user=user).values_list("role", flat=True)
    return Membership.objects.get(room=room, user=user).role, list(groups)


def deeds(room: Room) -> list[tuple[str, str | None, str | None]]:
    """What the room's log tells: deed, who, whom."""
    entries = AuditEntry.objects.filter(room=room).order_by("pk")
    return list(entries.values_list("deed", "actor__username", "subject__username"))


def at_once(*calls: Callable[[], Any]) -> list[Future[Any]]:
    """Each call on a thread and a connection of its own, all begun at the same moment; how each ended."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            start.wait(SECONDS)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [threads.submit(run, call) for call in calls]
