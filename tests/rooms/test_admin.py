"""The admin of rooms: all of it for staff to look at, and to change only what no room can do for itself."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from rooms import actions
from rooms.actions import ensure_lobby
from rooms.models import (
    AuditEntry,
    Ban,
    Channel,
    GameTag,
    Invitation,
    Membership,
    Message,
    Report,
    Room,
    Timeout,
    VoiceSanction,
)
from rooms.models.audit_entry import Deed
from rooms.permissions import Role
from tests.factories import make_user, post
from tests.rooms.api_people import Caller
from tests.rooms.conftest import Harbour, Told, browser_of

SHOWN = (Room, Channel, Membership, Message, Ban, Timeout, VoiceSanction, Report, AuditEntry, Invitation, GameTag)


def make_staff(username: str, *, superuser: bool = False) -> User:
    user = make_user(username)
    user.is_staff, user.is_superuser = True, superuser
    user.save()
    return user


@pytest.fixture
def sysop(harbour: Harbour) -> User:
    return make_staff("sysop")


@pytest.fixture
def as_staff(sysop: User) -> Client:
    return browser_of(sysop)


@pytest.fixture
def as_superuser(harbour: Harbour) -> Client:
    return browser_of(make_staff("root1", superuser=True))


@pytest.fixture
def everything(harbour: Harbour) -> Harbour:
    """One of each thing at least."""
    message = post(harbour.carol, harbour.general, "Buy gold")
    GameTag.objects.create(name="Зов Луны 2", slug="moon-call-2", aliases="mc2", is_approved=True)
    actions.ban_member(actor=harbour.alice, room=harbour.room, subject=harbour.mallory, reason="Spam")
    actions.time_out_member(
        actor=harbour.alice, room=harbour.room, subject=harbour.carol, until=timezone.now() + timedelta(hours=1)
    )
    actions.mute_member(actor=harbour.alice, room=harbour.room, subject=harbour.carol, reason="A horn")
    Invitation.objects.create(room=harbour.room, creator=harbour.alice)
    Report.objects.create(
        room=harbour.room,
        reporter=harbour.bob,
        subject=harbour.carol,
        message=message,
        quoted="Buy gold",
        reason="Spam",
    )
    return harbour


def path(model: type, what: str = "") -> str:
    return f"/admin/rooms/{model.__name__.lower()}/{what}"


@pytest.mark.parametrize("who", ["staff", "superuser"])
def test_staff_look_at_everything_and_search_it(
    everything: Harbour, as_staff: Client, as_superuser: Client, who: str, subtests: pytest.Subtests
) -> None:
    client = {"staff": as_staff, "superuser": as_superuser}[who]
    assert set(SHOWN) <= set(admin.site._registry)
    for model in SHOWN:
        with subtests.test(model=model.__name__):
            assert client.get(path(model)).status_code == 200
            assert client.get(path(model), {"q": "har"}).status_code == 200
            one = model._default_manager.first()
            assert one is not None
            assert client.get(path(model, f"{one.pk}/change/")).status_code == 200


@pytest.mark.parametrize("model", [Room, Channel, Message, Report, AuditEntry, Invitation])
def test_what_is_only_looked_at_is_not_changed_by_superusers_either(
    everything: Harbour, as_superuser: Client, model: type
) -> None:
    one = model._default_manager.first()  # type: ignore[attr-defined]
    before = list(model._default_manager.values())  # type: ignore[attr-defined]
    assert as_superuser.get(path(model, "add/")).status_code == 403
    assert (
        as_superuser.post(path(model, f"{one.pk}/change/"), {"name": "x", "body": "x", "reason": "x"}).status_code
        == 403
    )
    assert as_superuser.post(path(model, f"{one.pk}/delete/"), {"post": "yes"}).status_code == 403
    as_superuser.post(path(model), {"action": "delete_selected", "_selected_action": one.pk, "post": "yes"})
    assert list(model._default_manager.values()) == before  # type: ignore[attr-defined]


def test_the_list_of_invitations_does_not_tell_the_codes(everything: Harbour, as_staff: Client) -> None:
    code = Invitation.objects.get().code
    for address in (path(Invitation), path(Invitation, f"{Invitation.objects.get().pk}/change/")):
        assert code not in as_staff.get(address).content.decode()


def test_nobody_else_comes_in(harbour: Harbour) -> None:
    for person in (harbour.alice, None):
        for model in SHOWN:
            answer = browser_of(person).get(path(model))
            assert answer.status_code in {302, 403}
            assert "changelist" not in answer.content.decode()


class TestLobby:
    def change(self, client: Client, membership: Membership, role: str) -> int:
        return client.post(path(Membership, f"{membership.pk}/change/"), {"role": role}).status_code

    def test_staff_appoint_and_dismiss_its_moderators(
        self,
        harbour: Harbour,
        as_staff: Client,
        told: Told,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        lobby = ensure_lobby()
        carols = Membership.objects.get(room=lobby, user=harbour.carol)
        address = lobby.channels.get(slug="general").get_absolute_url()
        spam = post(harbour.mallory, lobby.channels.select_related("room").get(slug="general"), "Spam")
        carol = browser_of(harbour.carol)
        assert carol.post(f"{address}{spam.pk}/delete/").status_code == 403
        with django_capture_on_commit_callbacks(execute=True):
            assert self.change(as_staff, carols, "moderator") == 302
        assert (f"user.{harbour.carol.pk}", "recheck") in told.commands
        entry = AuditEntry.objects.get(room=lobby, deed=Deed.ROLE_CHANGED)
        assert (entry.subject, entry.details["after"]) == (harbour.carol, "moderator")
        assert carol.post(f"{address}{spam.pk}/delete/").status_code == 302
        assert self.change(as_staff, carols, "user") == 302
        other = post(harbour.mallory, lobby.channels.select_related("room").get(slug="general"), "Spam again")
        assert carol.post(f"{address}{other.pk}/delete/").status_code == 403

    def test_nobody_becomes_its_creator(self, harbour: Harbour, as_staff: Client) -> None:
        membership = Membership.objects.get(room=ensure_lobby(), user=harbour.carol)
        for role in ("creator", "emperor", ""):
            assert self.change(as_staff, membership, role) == 200
        membership.refresh_from_db()
        assert membership.role == Role.USER

    def test_where_there_is_a_creator_they_decide(
        self, harbour: Harbour, as_staff: Client, as_superuser: Client
    ) -> None:
        membership = Membership.objects.get(room=harbour.room, user=harbour.carol)
        for client in (as_staff, as_superuser):
            assert self.change(client, membership, "moderator") == 403
        membership.refresh_from_db()
        assert membership.role == Role.USER


class TestLifting:
    @pytest.mark.parametrize(
        ("model", "deed"),
        [(Ban, Deed.UNBANNED), (Timeout, Deed.TIMEOUT_LIFTED), (VoiceSanction, Deed.VOICE_UNMUTED)],
    )
    def test_staff_lift_a_sanction_and_it_is_told(
        self,
        everything: Harbour,
        as_staff: Client,
        told: Told,
        model: type[Ban] | type[Timeout] | type[VoiceSanction],
        deed: Deed,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        sanction = model.objects.get()
        with django_capture_on_commit_callbacks(execute=True):
            assert as_staff.post(path(model, f"{sanction.pk}/delete/"), {"post": "yes"}).status_code == 302
        assert not model.objects.exists()
        assert AuditEntry.objects.filter(room=everything.room, deed=deed, subject=sanction.user).exists()
        assert (f"user.{sanction.user_id}", "recheck") in told.commands

    def test_staff_revoke_an_invitation(self, everything: Harbour, as_staff: Client) -> None:
        invitation = Invitation.objects.get()
        as_staff.post(path(Invitation), {"action": "revoke", "_selected_action": invitation.pk})
        invitation.refresh_from_db()
        assert not invitation.is_valid
        assert AuditEntry.objects.filter(room=everything.room, deed=Deed.INVITATION_REVOKED).exists()

    def test_what_has_ended_meanwhile_is_told_once(self, everything: Harbour, sysop: User) -> None:
        """Somebody else lifts it between the look and the deed, whichever edge they come by."""
        ban, invitation = Ban.objects.get(), Invitation.objects.get()
        who, room = everything.mallory, everything.room
        actions.unban_member(actor=everything.alice, room=room, subject=who)
        actions.unban_member_as_staff(actor=sysop, room=room, subject=who)
        actions.revoke_invitation(actor=everything.alice, invitation=invitation)
        actions.revoke_invitation_as_staff(actor=sysop, invitation=invitation)
        assert not Ban.objects.filter(pk=ban.pk).exists()
        for deed in (Deed.UNBANNED, Deed.INVITATION_REVOKED):
            assert [entry.actor for entry in AuditEntry.objects.filter(deed=deed)] == [everything.alice]

    def test_programs_do_it_too_and_say_why(self, everything: Harbour, sysop: User) -> None:
        staff, alice = Caller(sysop), Caller(everything.alice)
        edges = {
            "staff/rooms/harbour/bans/mallory/": Deed.UNBANNED,
            "staff/rooms/harbour/timeouts/carol/": Deed.TIMEOUT_LIFTED,
            "staff/rooms/harbour/voice-sanctions/carol/": Deed.VOICE_UNMUTED,
            f"staff/rooms/harbour/invitations/{Invitation.objects.get().pk}/": Deed.INVITATION_REVOKED,
        }
        for address, deed in edges.items():
            assert alice.delete(address).status_code == 404, "to others there is no such address"
            answer = staff.http.delete(f"/api/{address}", headers=staff.headers, query_params={"reason": "A mistake"})
            assert answer.status_code == 204, address
            entry = AuditEntry.objects.latest("pk")
            assert (entry.deed, entry.actor, entry.reason) == (deed, sysop, "A mistake")
        assert not Ban.objects.exists()
        assert not Timeout.objects.exists()
        assert not VoiceSanction.objects.exists()
        assert staff.delete("staff/rooms/harbour/bans/nobody/").status_code == 404
        assert staff.delete("staff/rooms/nowhere/bans/mallory/").status_code == 404


class TestGameTags:
    def act(self, client: Client, action: str, *tags: GameTag, **more: object) -> str:
        form = {"action": action, "_selected_action": [tag.pk for tag in tags], **more}
        return client.post(path(GameTag), form, follow=True).content.decode()

    def test_proposals_are_approved_rejected_and_merged(self, everything: Harbour, as_staff: Client) -> None:
        one, another, third = (
            actions.add_game_tag(actor=everything.alice, room=everything.room, name=name)
            for name in ("Lanternfall", "Nonsense", "Moon 2")
        )
        moon = GameTag.objects.get(slug="moon-call-2")
        assert "1 game is approved." in self.act(as_staff, "approve", one)
        assert "1 game is rejected." in self.act(as_staff, "reject", another)
        assert "Choose the game to merge into." in self.act(as_staff, "merge", third)
        assert "1 game is Зов Луны 2 now." in self.act(as_staff, "merge", third, moon, into=moon.pk)
        assert set(everything.room.tags.values_list("name", flat=True)) == {"Lanternfall", "Зов Луны 2"}

    def test_rejecting_leaves_what_is_approved_alone(self, everything: Harbour, as_staff: Client) -> None:
        moon = GameTag.objects.get(slug="moon-call-2")
        assert "0 games are rejected." in self.act(as_staff, "reject", moon)
        assert GameTag.objects.filter(pk=moon.pk).exists()

    def test_staff_add_a_game_and_no_name_means_two(self, everything: Harbour, as_staff: Client) -> None:
        form = {"name": "Lanternfall", "slug": "lanternfall", "aliases": "lf\r\n\r\nлампа\r\nlf"}
        assert as_staff.post(path(GameTag, "add/"), form).status_code == 302
        tag = GameTag.objects.get(slug="lanternfall")
        assert tag.is_approved, "what staff add they have looked at"
        assert tag.other_names == ["lf", "лампа"]
        assert as_staff.post(path(GameTag, f"{tag.pk}/change/"), form).status_code == 302
        for name, aliases in (("LANTERN FALL", ""), ("Something", "зов луны 2"), ("MC2", "")):
            bad = {"name": name, "slug": "something", "aliases": aliases}
            answer = as_staff.post(path(GameTag, "add/"), bad)
            assert answer.status_code == 200
            assert "already." in answer.content.decode()
        assert not GameTag.objects.filter(slug="something").exists()
