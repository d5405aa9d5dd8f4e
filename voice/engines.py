"""Which media server this process's calls go through."""

from django.conf import settings

from voice.engine import VoiceEngine


def make_engine() -> VoiceEngine:
    """The engine of the running event loop: media workers where the operator runs them, else one in this process."""
    if settings.VOICE_WORKERS:
        from voice.remote import RemoteEngine

        return RemoteEngine(settings.REDIS_URL)
    return make_media_server()


def make_media_server() -> VoiceEngine:
    """Our own media server, in this process."""
    # Not before somebody calls: it brings the codecs along.
    from voice.media.engine import Capacity, MediaEngine

    return MediaEngine(Capacity.from_settings())
