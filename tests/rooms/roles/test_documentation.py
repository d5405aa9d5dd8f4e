"""docs/permissions.md says what the code does, and the code what was asked for."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import translation

from rooms.permissions import CODENAMES, DEFAULT_MATRIX, GUEST, RIGHTS, Role
from rooms.roles.matrix import SECTIONS

# Rights -> creator, moderator, user, guest, as the community that this is made for wants them.
ASKED_FOR = {
    "view_room": "yes yes yes yes",
    "view_members send_messages": "yes yes yes no",
    "edit_own_messages": "own own own no",
    "delete_own_messages": "any any own no",
    "pin_messages delete_many_messages mention_everyone bypass_slow_mode": "yes yes no no",
    "connect_voice speak_voice share_video write_captions file_reports": "yes yes yes no",
    "priority_speaker": "yes yes no no",
    "moderate_voice time_out_members kick_members ban_members set_slow_mode lock_channels": "yes yes no no",
    "handle_reports view_audit_log": "yes yes no no",
    "edit_word_filter edit_game_tags manage_channels": "yes by+setting no no",
    "create_invitations": "yes yes by+setting no",
    "delete_channels manage_webhooks manage_roles transfer_room export_room delete_room edit_room": "yes no no no",
}


def table() -> dict[str, list[str]]:
    """Codename -> what the document's line says."""
    lines = Path(settings.BASE_DIR, "docs/permissions.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {name.strip("`"): row[1:5] for row in cells for name in row[5].split() if name.startswith("`")}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_document_is_what_the_command_prints(language: str) -> None:
    printed = StringIO()
    with translation.override(language):
        call_command("permissions_table", stdout=printed)
    assert Path(settings.BASE_DIR, "docs/permissions.md").read_text() == printed.getvalue()


def test_the_defaults_are_those_that_were_asked_for() -> None:
    found = table()
    assert set(found) == CODENAMES
    for codenames, words in ASKED_FOR.items():
        for codename in codenames.split():
            assert found[codename] == [word.replace("+", " ") for word in words.split()], codename
    told = {codename for codenames in ASKED_FOR for codename in codenames.split()}
    assert told | {"delete_any_message"} == CODENAMES


def test_the_words_are_what_holds() -> None:
    for codename, (creator, moderator, user, guest) in table().items():
        if codename == "delete_any_message":
            user = "no"
        for role, word in ((Role.CREATOR, creator), (Role.MODERATOR, moderator), (Role.USER, user)):
            assert (codename in DEFAULT_MATRIX[role]) == (word in {"yes", "own", "any"}), codename
        assert (codename in GUEST) == (guest == "yes")


def test_each_right_stands_in_the_matrix_once() -> None:
    shown = [codename for _, codenames in SECTIONS for codename in codenames]
    assert sorted(shown) == sorted(right.codename for right in RIGHTS)
