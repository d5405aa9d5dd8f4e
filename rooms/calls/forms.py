from typing import Any

from django import forms

from rooms.models import Channel
from rooms.reasons import ReasonField


class CallLimitsForm(forms.ModelForm):
    """How many may be in a voice channel, and how much each voice may take."""

    reason = ReasonField()

    class Meta:
        model = Channel
        fields = ["user_limit", "bitrate"]

    def __init__(self, sent: Any = None, *, channel: Channel) -> None:
        stored = {name: getattr(channel, name) for name in self._meta.fields or ()}
        super().__init__(sent, initial=stored, prefix="call")
