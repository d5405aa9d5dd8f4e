from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.access import RoomAccess
from rooms.models import Channel
from rooms.reasons import ReasonField, ReasonForm


class MoveForm(ReasonForm):
    """Into which voice channel somebody is moved."""

    field_order = ["channel", "reason"]
    channel = forms.ModelChoiceField(
        Channel.objects.none(), label=_("Voice channel"), empty_label=None, widget=forms.RadioSelect
    )

    def __init__(self, sent: Any = None, *, access: RoomAccess, away_from: Channel | None = None) -> None:
        super().__init__(sent)
        field = self.fields["channel"]
        assert isinstance(field, forms.ModelChoiceField)
        channels = Channel.objects.voice().known_to(access.rank).filter(room=access.room)
        field.queryset = channels.exclude(pk=away_from.pk) if away_from is not None else channels


class CallLimitsForm(forms.ModelForm):
    """How many may be in a voice channel, and how much each voice may take."""

    reason = ReasonField()

    class Meta:
        model = Channel
        fields = ["user_limit", "bitrate"]

    def __init__(self, sent: Any = None, *, channel: Channel) -> None:
        stored = {name: getattr(channel, name) for name in self._meta.fields or ()}
        super().__init__(sent, initial=stored, prefix="call")
