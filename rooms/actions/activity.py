from datetime import timedelta

from django.utils import timezone

from rooms.models import Room

# How far behind a room's `active_at` may be: a post in a busy room writes no second row.
GIVE_OR_TAKE = timedelta(minutes=5)


def mark_active(room: Room) -> None:
    """Remember, inside the caller's transaction, that somebody wrote in `room` just now; mostly that costs nothing.

    To be called before any of the room's channels is locked: whoever moderates locks the room first, too.
    """
    now = timezone.now()
    if room.active_at < now - GIVE_OR_TAKE:
        # Asked again of the row: another process may have been faster.
        Room.objects.filter(pk=room.pk, active_at__lt=now - GIVE_OR_TAKE).update(active_at=now)
        room.active_at = now
