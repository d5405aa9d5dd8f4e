"""Live captions: what is said in a call, typed while it is said, for everybody in it who reads along."""

from accounts.forms import NameField
from accounts.models import User
from eclipse import ratelimit
from rooms import permissions, push_voice
from rooms.models import Channel
from rooms.voice_access import get_voice_channel_by_id
from voice.protocol import LONGEST_CAPTION

from .word_filter import check_words

# What people read: one line, of characters that can be seen.
_line = NameField(max_length=LONGEST_CAPTION, required=False)


def write_caption(*, actor: User, channel: Channel, text: str, final: bool = False) -> None:
    """Show a line to everybody in the channel's call; nothing of it is stored.

    Until one is `final`, the next one of the same person replaces it, and an empty one takes it back. Raises
    `RateLimited`, `ValidationError` for what is too long or cannot be read (`FilteredWord` for what the room forbids),
    and what `get_voice_channel_by_id` raises.
    """
    ratelimit.spend("voice_captions", actor.pk)
    text = _line.clean(text)
    access = get_voice_channel_by_id(actor, channel.pk, permissions.WRITE_CAPTIONS)
    check_words(access, text=text)
    push_voice.caption_written(channel.pk, actor.pk, text, final=final)
