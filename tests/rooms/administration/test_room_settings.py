"""A room's name, address, openness and picture, changed on a page."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from rooms import actions, icons
from rooms.models import AuditEntry, Room
from rooms.models.audit_entry import Deed
from rooms.models.room import Visibility
from rooms.permissions import Role
from tests.factories import make_member
from tests.rooms.administration.pictures import bomb, picture
from tests.rooms.conftest import Harbour, Told, browser_of, build_harbour

SETTINGS = "/rooms/harbour/settings/"
ICON = f"{SETTINGS}icon/"


def fields(**changes: str) -> dict[str, str]:
    asked = {"name": "Harbour", "description": "", "slug": "harbour", "visibility": "public", "guests_may_read": "on"}
    return {name: value for name, value in (asked | changes).items() if value != "off"}


def upload(content: bytes, name: str = "room.png") -> dict[str, SimpleUploadedFile]:
    return {"icon": SimpleUploadedFile(name, content, "image/png")}


class TestSettings:
    def test_alice_gives_the_room_another_name_and_address(self, harbour: Harbour) -> None:
        alice = browser_of(harbour.alice)
        answer = alice.post(SETTINGS, fields(name="  Haven  ", slug="Haven", description="All   ashore"))
        assert answer.status_code == 302
        assert answer["Location"] == "/rooms/haven/settings/"
        harbour.room.refresh_from_db()
        assert (harbour.room.name, harbour.room.slug, harbour.room.description) == ("Haven", "haven", "All ashore")
        assert browser_of(harbour.carol).get("/rooms/harbour/").status_code == 404
        assert browser_of(harbour.carol).get("/rooms/haven/general/").status_code == 200
        entry = AuditEntry.objects.get(room=harbour.room)
        assert (entry.deed, entry.actor) == (Deed.ROOM_EDITED, harbour.alice)
        assert entry.details["before"]["slug"] == "harbour"
        assert entry.details["after"]["name"] == "Haven"

    def test_saving_what_is_there_already_leaves_no_trace(self, harbour: Harbour) -> None:
        assert browser_of(harbour.alice).post(SETTINGS, fields()).status_code == 302
        assert not AuditEntry.objects.filter(room=harbour.room).exists()

    @pytest.mark.parametrize(
        ("slug", "words"),
        [
            ("vault", "Another room has this address."),
            ("VAULT", "Another room has this address."),
            ("new", "Eclipse needs this address"),
            ("lobby", "Eclipse needs this address"),
            ("", "An address is needed"),
            ("../admin", "Use small letters"),
            ("x" * 51, "at most 50"),
        ],
    )
    def test_an_address_that_cannot_be_is_refused_in_clear_words(self, harbour: Harbour, slug: str, words: str) -> None:
        answer = browser_of(harbour.alice).post(SETTINGS, fields(slug=slug, name="Haven"))
        assert answer.status_code == 422
        page = answer.content.decode()
        assert words in page
        # Nothing that was typed is lost, and the room is shown as it is.
        assert 'value="Haven"' in page
        assert "<title>Settings · Harbour · Eclipse</title>" in page
        harbour.room.refresh_from_db()
        assert harbour.room.name == "Harbour"

    def test_an_address_that_is_taken_at_the_same_moment_is_refused(
        self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two forms were both found to be right: the database lets one of them through."""
        monkeypatch.setattr("django.forms.ModelForm.validate_unique", lambda form: None)
        answer = browser_of(harbour.alice).post(SETTINGS, fields(slug="vault"))
        assert answer.status_code == 422
        assert "Another room has this address." in answer.content.decode()

    def test_moderators_members_and_strangers_have_no_settings(self, harbour: Harbour) -> None:
        for person, room, status in [
            (harbour.bob, "harbour", 403),
            (harbour.carol, "harbour", 403),
            (harbour.mallory, "harbour", 403),
            (harbour.carol, "vault", 403),
            (harbour.mallory, "vault", 404),
            (harbour.alice, "no-such-room", 404),
        ]:
            browser = browser_of(person)
            for path in ("settings/", "settings/delete/", "settings/channels/", "settings/channels/new/"):
                assert browser.get(f"/rooms/{room}/{path}").status_code == status, (person, path)
                assert browser.post(f"/rooms/{room}/{path}", {}).status_code in {status, 405}
        assert Client().get(SETTINGS).status_code == 302

    def test_a_right_that_is_taken_between_opening_and_sending_is_gone(self, harbour: Harbour) -> None:
        alice = browser_of(harbour.alice)
        assert alice.get(SETTINGS).status_code == 200
        harbour.room.memberships.filter(user=harbour.alice).update(role="user")
        harbour.alice.groups.clear()
        assert alice.post(SETTINGS, fields(name="Mine")).status_code == 403
        harbour.room.refresh_from_db()
        assert harbour.room.name == "Harbour"

    def test_the_lobby_keeps_its_address_and_stays_open(self, harbour: Harbour) -> None:
        lobby = Room.objects.get(slug="lobby")
        lobby.memberships.filter(user=harbour.alice).delete()
        make_member(lobby, harbour.alice, Role.CREATOR)
        alice = browser_of(harbour.alice)
        page = alice.get("/rooms/lobby/settings/").content.decode()
        assert 'name="slug"' not in page
        answer = alice.post("/rooms/lobby/settings/", fields(name="Foyer", slug="foyer", visibility="private"))
        assert answer.status_code == 302
        lobby.refresh_from_db()
        assert (lobby.name, lobby.slug, lobby.visibility) == ("Foyer", "lobby", Visibility.PUBLIC)
        with pytest.raises(actions.LobbyStays):
            actions.edit_room(actor=harbour.alice, room=lobby, visibility=Visibility.PRIVATE)

    def test_open_pages_follow_the_room_to_its_new_address(self, transactional_db: None, told: Told) -> None:
        harbour = build_harbour()
        told.forget()
        browser_of(harbour.alice).post(SETTINGS, fields(slug="haven"))
        [moved] = told.to(harbour.general.topic)
        assert moved == '<hx-push event="channel_moved" to="/rooms/haven/general/"></hx-push>'


class TestGuests:
    def test_a_room_that_guests_may_not_read_offers_joining(self, harbour: Harbour) -> None:
        assert browser_of(harbour.alice).post(SETTINGS, fields(guests_may_read="off")).status_code == 302
        mallory = browser_of(harbour.mallory)
        for path in ("", "general/", "sidebar/", "general/changes/?after=0", "members/"):
            assert mallory.get(f"/rooms/harbour/{path}").status_code == 403, path
        page = mallory.get("/rooms/harbour/general/").content.decode()
        assert 'action="/rooms/harbour/join/"' in page
        assert "Harbour" in page
        guest = Client().get("/rooms/harbour/general/")
        assert guest.status_code == 403
        assert "/accounts/login/?next=/rooms/harbour/general/" in guest.content.decode()
        assert mallory.post("/rooms/harbour/join/").status_code == 302
        assert mallory.get("/rooms/harbour/general/").status_code == 200

    def test_making_a_room_private_has_every_socket_look_again(self, transactional_db: None, told: Told) -> None:
        harbour = build_harbour()
        told.forget()
        browser_of(harbour.alice).post(SETTINGS, fields(visibility="private"))
        assert (harbour.general.topic, "recheck") in told.commands


class TestIcon:
    @pytest.fixture(autouse=True)
    def own_files(self, settings: Settings, tmp_path: Path) -> Path:
        settings.MEDIA_ROOT = tmp_path / "media"
        return tmp_path

    @pytest.mark.parametrize(
        ("kind", "mode"),
        [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "1"), ("JPEG", "CMYK"), ("JPEG", "L"), ("WEBP", "RGB")],
    )
    def test_a_picture_is_made_small_and_shown(self, harbour: Harbour, kind: str, mode: str) -> None:
        alice = browser_of(harbour.alice)
        assert alice.post(ICON, upload(picture(kind, mode=mode))).status_code == 302
        page = browser_of(harbour.carol).get("/").content.decode()
        [address] = set(re.findall(r'<img class="avatar [^"]*" src="([^"]+)" alt=""', page))
        answer = Client().get(address)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/webp"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in answer["Cache-Control"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        with Image.open(BytesIO(answer.content)) as shown:
            assert (shown.format, shown.size) == ("WEBP", (128, 128))

    def test_what_a_camera_wrote_into_the_file_is_not_kept(self, harbour: Harbour) -> None:
        photo, exif = BytesIO(), Image.Exif()
        exif[0x010E] = "42 Wharf Street"
        exif[0x0112] = 6
        Image.new("RGB", (60, 30), 90).save(photo, "JPEG", exif=exif, icc_profile=b"42 Wharf Street")
        assert b"Wharf" not in icons.make_icon(BytesIO(photo.getvalue()))

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"Just words, called a picture", "This is not a picture"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "This is not a picture"),
            (b"", "This is not a picture"),
            (picture()[:60], "This is not a picture"),
            (picture("JPEG")[:300], "This is not a picture"),
            (picture("WEBP")[:40], "This is not a picture"),
            (picture("GIF", mode="P"), "This is not a picture"),
            (bomb(), "too many pixels"),
            (bomb(2**31 - 1), "too many pixels"),
            (picture("JPEG", (4097, 4096)), "too many pixels"),
            (picture() + b"\0" * icons.LARGEST_FILE, "too large"),
        ],
    )
    def test_what_is_no_picture_is_refused_in_clear_words(
        self, harbour: Harbour, own_files: Path, content: bytes, words: str
    ) -> None:
        answer = browser_of(harbour.alice).post(ICON, upload(content))
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not (own_files / "media").exists()
        harbour.room.refresh_from_db()
        assert harbour.room.icon == ""

    def test_no_pixel_of_a_bomb_is_decoded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def decoded(*_: object) -> None:
            raise AssertionError("a pixel was decoded")

        monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
        with pytest.raises(Exception, match="too many pixels"):
            icons.make_icon(BytesIO(bomb()))

    def test_a_form_without_a_picture_says_so(self, harbour: Harbour) -> None:
        answer = browser_of(harbour.alice).post(ICON, {})
        assert answer.status_code == 422
        assert "Choose a picture first." in answer.content.decode()

    def test_a_removed_picture_leaves_the_initials(self, harbour: Harbour) -> None:
        alice = browser_of(harbour.alice)
        alice.post(ICON, upload(picture()))
        alice.post(ICON, {"remove": "1"})
        assert "<img" not in alice.get("/").content.decode()
        assert AuditEntry.objects.filter(room=harbour.room, deed=Deed.ROOM_EDITED).count() == 2

    def test_only_whoever_edits_the_room_changes_its_picture(self, harbour: Harbour) -> None:
        for person, status in ((harbour.bob, 403), (harbour.mallory, 403)):
            assert browser_of(person).post(ICON, upload(picture())).status_code == status
        assert browser_of(harbour.mallory).post("/rooms/vault/settings/icon/", {"remove": "1"}).status_code == 404

    @pytest.mark.parametrize("name", ["../settings.py", "x.webp", "0" * 32 + ".png", "0" * 32 + ".webp"])
    def test_nothing_else_is_served_from_there(self, db: None, name: str) -> None:
        assert Client().get(f"/media/icons/{name}").status_code == 404
