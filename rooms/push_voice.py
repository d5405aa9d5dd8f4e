"""What calls are told when moderators act (voice/sessions.py carries it out)."""

from eclipse.hub import hub
from rooms.models import Channel
from rooms.models.channel import voice_topic
from voice import passes, protocol
from voice.commands import END
from voice.protocol import Reason


def allowance_changed(user_id: int) -> None:
    """What somebody may say or hear is another: their call holds the media server to it at once."""
    hub.command(f"user.{user_id}", hub.RECHECK)


def participant_disconnected(user_id: int, channel_id: int) -> None:
    """Somebody is out of the call in this channel, where they still are in it."""
    passes.take_pass(user_id, channel_id)
    hub.command(f"user.{user_id}", END, channel=channel_id, reason=Reason.KICKED)


def participant_left(user_id: int) -> None:
    """Somebody ends the call that they are in, from elsewhere."""
    hub.command(f"user.{user_id}", END, reason=Reason.LEFT)


def participant_moved(user_id: int, channel_id: int, to: Channel) -> None:
    """Somebody is out of the call in this channel, and led to another one, where they still are in it."""
    passes.give_pass(user_id, to.pk)
    place = {"channel": to.pk, "url": to.get_absolute_url()}
    hub.command(f"user.{user_id}", END, channel=channel_id, reason=Reason.MOVED, to=place)


def caption_written(channel_id: int, user_id: int, text: str, *, final: bool) -> None:
    """Everybody in the channel's call can read this of what somebody says."""
    caption = protocol.Caption(user=user_id, text=text, final=final)
    hub.publish(voice_topic(channel_id), protocol.line(caption))
