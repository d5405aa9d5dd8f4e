"""What calls are told when moderators act (voice/sessions.py carries it out)."""

from eclipse.hub import hub


def allowance_changed(user_id: int) -> None:
    """What somebody may say or hear is another: their call holds the media server to it at once."""
    hub.command(f"user.{user_id}", hub.RECHECK)
