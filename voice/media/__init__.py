"""The media server: an embedded selective forwarding unit, which passes RTP on and never decodes it.

`engine.MediaEngine` is what signalling talks to (voice/engine.py). How it works, and why so: docs/voice.md.
"""
