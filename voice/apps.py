from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from voice import turn


class VoiceConfig(AppConfig):
    name = "voice"
    verbose_name = _("Voice")

    def ready(self) -> None:
        turn.check_settings(
            stun=settings.VOICE_STUN_URLS,
            turn=settings.VOICE_TURN_URLS,
            secret=settings.VOICE_TURN_SECRET,
            relay_only=settings.VOICE_RELAY_ONLY,
        )
