"""A room that is deleted is there for nobody; its creator may bring it back for seven days."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.http import Http404
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from rooms import actions, permissions
from rooms.actions.clearing import clear_some
from rooms.models import AuditEntry, Message, Room
from rooms.models.audit_entry import Deed
from rooms.permissions import Role
from tests.factories import make_member, post
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, Told, browser_of, build_harbour
from tests.rooms.roles.conftest import grant, take

DELETE = "/rooms/harbour/settings/delete/"
RESTORE = "/rooms/harbour/settings/restore/"


class TestDeleting:
    def test_it_is_gone_for_everybody_once_its_name_was_typed(self, harbour: Harbour) -> None:
        said = post(harbour.carol, harbour.general, "Ahoy")
        alice = browser_of(harbour.alice)
        for typed in ("", "harbour", "Vault"):
            assert alice.post(DELETE, {"confirm": typed}).status_code == 422
        assert alice.post(DELETE, {"confirm": "Harbour"}).status_code == 302
        assert AuditEntry.objects.get(room=harbour.room).deed == Deed.ROOM_DELETED
        for person in (harbour.alice, harbour.bob, harbour.carol, harbour.mallory, None):
            browser, caller = browser_of(person), Caller(person)
            for path in ("", "general/", f"general/{said.pk}/", "members/", "sidebar/", "general/changes/?after=0"):
                assert browser.get(f"/rooms/harbour/{path}").status_code == 404, (person, path)
            for path in ("", "channels/", "messages/", "members/"):
                assert caller.get(f"chat/rooms/harbour/{path}").status_code == 404, (person, path)
            assert "/rooms/harbour/general/" not in browser.get("/").content.decode()
            assert 'href="/rooms/harbour/"' not in browser.get("/rooms/").content.decode()
        assert browser_of(harbour.mallory).post("/rooms/harbour/join/").status_code == 404
        assert browser_of(harbour.carol).post("/rooms/harbour/general/messages/", {"body": "Ahoy"}).status_code == 404

    def test_only_the_creator_deletes(self, harbour: Harbour) -> None:
        for person in (harbour.bob, harbour.carol, harbour.mallory):
            assert browser_of(person).post(DELETE, {"confirm": "Harbour"}).status_code == 403
        assert Room.objects.there().filter(slug="harbour").exists()

    def test_the_lobby_cannot_be_deleted(self, harbour: Harbour) -> None:
        lobby = Room.objects.get(slug="lobby")
        lobby.memberships.filter(user=harbour.alice).delete()
        make_member(lobby, harbour.alice, Role.CREATOR)
        alice = browser_of(harbour.alice)
        assert "cannot be deleted" in alice.get("/rooms/lobby/settings/delete/").content.decode()
        assert alice.post("/rooms/lobby/settings/delete/", {"confirm": lobby.name}).status_code == 422
        assert Caller(harbour.alice).delete("chat/rooms/lobby/").status_code == 409
        assert Room.objects.there().filter(slug="lobby").exists()

    def test_every_socket_looks_again(self, transactional_db: None, told: Told) -> None:
        harbour = build_harbour()
        told.forget()
        actions.delete_room(actor=harbour.alice, room=harbour.room)
        assert {(harbour.room.topic, "recheck"), (harbour.general.topic, "recheck")} <= set(told.commands)


class TestRestoring:
    @pytest.fixture
    def deleted(self, harbour: Harbour) -> Harbour:
        actions.delete_room(actor=harbour.alice, room=harbour.room)
        return harbour

    def test_alice_finds_it_on_her_start_page_and_brings_it_back(self, deleted: Harbour) -> None:
        said = Message.objects.filter(channel=deleted.general).count()
        alice = browser_of(deleted.alice)
        assert RESTORE in alice.get("/").content.decode()
        assert "Restore Harbour" in alice.get(RESTORE).content.decode()
        assert alice.post(RESTORE).status_code == 302
        assert browser_of(deleted.carol).get("/rooms/harbour/general/").status_code == 200
        assert Message.objects.filter(channel=deleted.general).count() == said
        assert RESTORE not in alice.get("/").content.decode()
        assert alice.get(RESTORE).status_code == 404
        assert AuditEntry.objects.filter(room=deleted.room, deed=Deed.ROOM_RESTORED).exists()

    def test_nobody_else_learns_that_it_was_there(self, deleted: Harbour) -> None:
        for person in (deleted.bob, deleted.carol, deleted.mallory):
            browser = browser_of(person)
            assert RESTORE not in browser.get("/").content.decode()
            assert browser.get(RESTORE).status_code == 404
            assert browser.post(RESTORE).status_code == 404
            assert Caller(person).post("chat/rooms/harbour/restore/").status_code == 404
            assert Caller(person).get("chat/deleted-rooms/").json() == {"results": []}
        assert Client().get(RESTORE).status_code == 302

    def test_whoever_may_delete_rooms_restores_them_by_every_edge(self, deleted: Harbour) -> None:
        """One rule: bob, to whom the right was given, finds what he may bring back."""
        grant(deleted.room, Role.MODERATOR, permissions.DELETE_ROOM)
        bob, caller = browser_of(deleted.bob), Caller(deleted.bob)
        assert RESTORE in bob.get("/").content.decode()
        assert [each["slug"] for each in caller.get("chat/deleted-rooms/").json()["results"]] == ["harbour"]
        assert bob.get(RESTORE).status_code == 200
        assert caller.post("chat/rooms/harbour/restore/").status_code == 200
        actions.delete_room(actor=deleted.bob, room=deleted.room)
        take(deleted.room, Role.MODERATOR, permissions.DELETE_ROOM)
        assert RESTORE not in bob.get("/").content.decode()
        with pytest.raises(Http404):
            actions.restore_room(actor=deleted.bob, room=deleted.room)

    def test_after_seven_days_it_cannot_come_back(self, deleted: Harbour) -> None:
        Room.objects.filter(pk=deleted.room.pk).update(deleted_at=timezone.now() - timedelta(days=7, seconds=1))
        alice = browser_of(deleted.alice)
        assert RESTORE not in alice.get("/").content.decode()
        assert alice.get(RESTORE).status_code == 404
        assert alice.post(RESTORE).status_code == 404
        with pytest.raises(Http404):
            actions.restore_room(actor=deleted.alice, room=deleted.room)

    def test_by_rest(self, deleted: Harbour) -> None:
        alice = Caller(deleted.alice)
        [listed] = alice.get("chat/deleted-rooms/").json()["results"]
        assert (listed["slug"], listed["name"]) == ("harbour", "Harbour")
        assert alice.post("chat/rooms/harbour/restore/").status_code == 200
        assert alice.post("chat/rooms/harbour/restore/").status_code == 404
        assert alice.delete("chat/rooms/harbour/").status_code == 204
        assert alice.get("chat/rooms/harbour/").status_code == 404


class TestPurging:
    def test_what_was_deleted_long_ago_goes_for_good_and_the_rest_stays(self, harbour: Harbour) -> None:
        answered = post(harbour.carol, harbour.general, "Ahoy")
        post(harbour.bob, harbour.general, "Ahoy", reply_to=answered)
        kept = post(harbour.bob, harbour.strongbox, "Kept")
        actions.delete_room(actor=harbour.alice, room=harbour.room)
        actions.delete_room(actor=harbour.alice, room=harbour.vault)
        groups = Group.objects.count()
        assert not clear_some()
        Room.objects.filter(pk=harbour.room.pk).update(deleted_at=timezone.now() - timedelta(days=8))
        call_command("purge", verbosity=0)
        assert not Room.objects.filter(pk=harbour.room.pk).exists()
        assert Group.objects.count() == groups - len(Role)
        assert list(Message.objects.all()) == [kept]
        # The address is free again.
        assert Caller(harbour.carol).create_room("Harbour") == "harbour"

    def test_starting_eclipse_purges(self, harbour: Harbour) -> None:
        Room.objects.filter(pk=harbour.room.pk).update(deleted_at=timezone.now() - timedelta(days=8))
        call_command("prepare")
        assert not Room.objects.filter(pk=harbour.room.pk).exists()

    def test_pictures_that_no_room_shows_go_after_a_day(
        self, harbour: Harbour, settings: Settings, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        (tmp_path / "icons").mkdir()
        files = {name: tmp_path / "icons" / f"{name}.webp" for name in ("shown", "stale", "fresh")}
        for file in files.values():
            file.write_bytes(b"RIFF")
        for name in ("shown", "stale"):
            os.utime(files[name], (time.time() - 90_000,) * 2)
        Room.objects.filter(pk=harbour.room.pk).update(icon="icons/shown.webp")
        call_command("purge", verbosity=0)
        assert {name for name, file in files.items() if file.exists()} == {"shown", "fresh"}
