"""Which media server this process's calls go through."""

from voice.engine import VoiceEngine


def make_engine() -> VoiceEngine:
    """The engine of the running event loop: our own media server, in this process."""
    # Not before somebody calls: it brings the codecs along.
    from voice.media.engine import Capacity, MediaEngine

    return MediaEngine(Capacity.from_settings())
