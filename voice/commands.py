"""The hub's commands to sessions, on the topic `user.<id>` of whose they are (voice/sessions.py carries them out)."""

# The call is over. `reason` says why; `session` and `channel` where it is meant for one of them alone, `to` where the
# person goes on.
END = "voice_end"
# Another process, `board`, goes on with the session `session`.
YIELD = "voice_yield"
