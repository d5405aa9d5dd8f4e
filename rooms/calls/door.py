"""The door for those who moderate voice channels: what is in force there."""

from django.db.models import QuerySet

from rooms.access import RoomAccess
from rooms.models import VoiceSanction
from rooms.moderation.door import SHOWN


def voice_sanctions_in(access: RoomAccess) -> "QuerySet[VoiceSanction]":
    """Whom moderators muted or deafened in the room's voice channels, the latest first."""
    sanctions = VoiceSanction.objects.filter(room=access.room)
    return sanctions.select_related("user", "by").order_by("-created_at", "-pk")[:SHOWN]
