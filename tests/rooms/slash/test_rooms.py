"""Channels, the room and what belongs to it by command."""

import re

import pytest

from rooms import actions
from rooms.actions.roles import matrix_of
from rooms.models import Category, Channel, GameTag, Invitation, Membership, Report, Room
from rooms.models.channel import Audience, ChannelKind
from rooms.models.report import ReportStatus
from rooms.permissions import SEND_MESSAGES, Role
from tests.factories import make_channel, make_room, post
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.roles.conftest import grant
from tests.rooms.slash.typing import typed


def order(harbour: Harbour) -> list[str]:
    return list(Channel.objects.text().filter(room=harbour.room).values_list("name", flat=True))


class TestChannels:
    def test_a_channel_is_slowed_locked_and_opened(self, harbour: Harbour) -> None:
        for line, slow, locked in (
            ("/slow 5m a raid", 300, False),
            ("/lock", 300, True),
            ("/slow off", 0, True),
            ("/unlock", 0, False),
        ):
            assert typed(harbour.bob, line).done
            harbour.general.refresh_from_db()
            assert (harbour.general.slow_mode, harbour.general.is_locked) == (slow, locked)

    def test_it_is_opened_named_narrowed_and_moved(self, harbour: Harbour) -> None:
        alice = harbour.alice
        assert typed(alice, "/channel new Old pier").done
        assert typed(alice, "/channel new voice The deep").done
        assert Channel.objects.get(name="The deep").kind == ChannelKind.VOICE
        assert typed(alice, "/channel new voice").done, "a channel may be called so"
        assert order(harbour) == ["general", "Old pier", "voice"]
        # Past the voice channel, then past the other.
        assert typed(alice, "/channel down").done
        assert typed(alice, "/channel down").done
        assert order(harbour) == ["Old pier", "general", "voice"]
        for _time in range(2):
            assert typed(alice, "/channel up").words == "The channel is moved."
        assert typed(alice, "/channel up").words == "The channel stands at the end already."
        assert typed(alice, "/channel name Harbour wall").done
        assert typed(alice, "/topic Ships and weather").done
        assert typed(alice, "/channel for reading").done
        harbour.general.refresh_from_db()
        channel = harbour.general
        assert (channel.name, channel.subject, channel.audience) == (
            "Harbour wall", "Ships and weather", Audience.READ_ONLY
        )  # fmt: skip
        assert typed(alice, "/topic").done
        harbour.general.refresh_from_db()
        assert harbour.general.subject == ""

    def test_it_is_deleted_by_its_name(self, harbour: Harbour) -> None:
        make_channel(harbour.room, "annex")
        assert not typed(harbour.bob, "/channel delete annex").done
        assert typed(harbour.alice, "/channel delete annex nobody wrote").words == "The channel annex is deleted."
        assert typed(harbour.alice, "/channel delete general").words.startswith("It is the room's last text channel")

    def test_what_is_hidden_is_not_found_by_its_name(self, harbour: Harbour) -> None:
        """Whoever may only manage channels learns of the moderators' nothing."""
        crow = make_channel(harbour.room, "crow")
        Channel.objects.filter(pk=crow.pk).update(audience=Audience.MODERATORS)
        grant(harbour.room, Role.USER, "manage_channels", "delete_channels")
        said = [typed(harbour.carol, f"/channel delete {name}").words for name in ("crow", "nest")]
        assert said[0] == said[1].replace("nest", "crow")
        assert Channel.objects.filter(pk=crow.pk).exists()

    def test_categories(self, harbour: Harbour) -> None:
        alice = harbour.alice
        for line in ("/category new Games", "/category new Old maps", '/category up "Old maps"'):
            assert typed(alice, line).done
        names = Category.objects.filter(room=harbour.room).values_list("name", flat=True)
        assert list(names) == ["Old maps", "Games"]
        assert typed(alice, '/category down "Old maps"').done
        assert typed(alice, '/category down "Old maps"').words == "The category stands at the end already."
        assert typed(alice, "/channel into Games").done
        harbour.general.refresh_from_db()
        assert harbour.general.category is not None
        assert typed(alice, "/category name Games Board games").done
        assert typed(alice, "/channel into none").done
        assert typed(alice, '/category delete "Board games"').done
        assert list(names.all()) == ["Old maps"]


class TestTheRoom:
    def test_its_settings(self, harbour: Harbour) -> None:
        for line, name, value in (
            ("/room name Safe haven", "name", "Safe haven"),
            ("/room description For ships", "description", "For ships"),
            ("/room description", "description", ""),
            ("/room guests off", "guests_may_read", False),
        ):
            assert typed(harbour.alice, line).done
            harbour.room.refresh_from_db()
            assert getattr(harbour.room, name) == value
        assert typed(harbour.alice, "/room address haven").done
        assert browser_of(harbour.carol).get("/rooms/haven/general/").status_code == 200
        assert typed(harbour.alice, "/room visibility private", channel="/rooms/haven/general/").done

    def test_the_word_filter(self, harbour: Harbour) -> None:
        for line, words in (
            ('/filter add "black spot" nobody says so', "black spot"),
            ("/filter add rum", "black spot\nrum"),
            ("/filter add rum", "black spot\nrum"),
            ('/filter remove "Black Spot"', "rum"),
        ):
            assert typed(harbour.alice, line).done
            harbour.room.refresh_from_db()
            assert harbour.room.filtered_words == words
        assert not typed(harbour.carol, "/filter add cabbage").done

    def test_rights(self, harbour: Harbour) -> None:
        assert typed(harbour.alice, "/allow member create_invitations").done
        assert typed(harbour.carol, "/invite").done
        assert typed(harbour.alice, "/deny member create_invitations too many came").done
        assert not typed(harbour.carol, "/invite").done

    def test_rights_are_not_given_over_what_was_decided_at_the_same_moment(
        self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The command sets one right; written over the matrix of before, it would give back another that was taken."""
        before = matrix_of(harbour.room)
        assert typed(harbour.alice, "/deny member send_messages").done
        monkeypatch.setattr("rooms.slash.rights.matrix_of", lambda room: before)
        refused = typed(harbour.alice, "/allow member create_invitations")
        assert not refused.done
        assert "The permissions were changed in the meantime. Nothing was saved." in refused.words
        assert SEND_MESSAGES not in matrix_of(harbour.room)[Role.USER]

    def test_games(self, harbour: Harbour) -> None:
        GameTag.objects.create(name="Зов Луны 2", slug="moon-call-2", aliases="mc2", is_approved=True)
        assert typed(harbour.alice, "/game add mc2").words == "People find the room by “Зов Луны 2” now."
        assert typed(harbour.alice, "/game remove зов луны 2").done
        assert not harbour.room.tags.exists()
        assert not typed(harbour.alice, "/game remove Chess").done

    def test_it_is_deleted_by_its_name(self, harbour: Harbour) -> None:
        assert not typed(harbour.bob, "/room delete Harbour").done
        assert typed(harbour.alice, "/room delete Harbour nobody comes").done
        assert not Room.objects.there().filter(pk=harbour.room.pk).exists()


class TestInvitations:
    def test_the_answer_is_the_link(self, harbour: Harbour) -> None:
        said = typed(harbour.bob, "/invite 1d 5")
        [code] = re.findall(r"http://testserver/invites/([\w-]+)/", said.words)
        invitation = Invitation.objects.get(code=code)
        assert (invitation.max_uses, invitation.creator) == (5, harbour.bob)
        assert typed(harbour.bob, f"/revoke http://testserver/invites/{code}/ sent to the wrong ones").done
        invitation.refresh_from_db()
        assert not invitation.is_valid

    @pytest.mark.parametrize(
        ("line", "days", "uses"), [("/invite", 7, None), ("/invite never", None, None), ("/invite 3", 7, 3)]
    )
    def test_for_how_long_and_how_many(self, harbour: Harbour, line: str, days: int | None, uses: int | None) -> None:
        assert typed(harbour.bob, line).done
        invitation = Invitation.objects.get()
        assert invitation.max_uses == uses
        lasts = invitation.expires_at and invitation.expires_at - invitation.created_at
        assert (round(lasts.total_seconds() / 86400) if lasts else None) == days

    def test_somebody_elses_is_revoked_by_moderators_alone(self, harbour: Harbour) -> None:
        invitation = Invitation.objects.create(room=harbour.room, creator=harbour.alice)
        grant(harbour.room, Role.USER, "create_invitations")
        assert not typed(harbour.carol, f"/revoke {invitation.code}").done
        assert typed(harbour.bob, f"/revoke {invitation.code}").done

    def test_rooms_are_joined_by_address_and_by_link(self, harbour: Harbour) -> None:
        pier = make_room(harbour.mallory, "Pier")
        quay = make_room(harbour.mallory, "Quay")
        invitation = Invitation.objects.create(room=harbour.vault, creator=harbour.bob)
        mallory = make_room(harbour.alice, "Elsewhere")
        for line in (
            "/join pier",
            "/join testserver/rooms/quay/",
            f"/join http://testserver{invitation.get_absolute_url()}",
        ):
            assert typed(harbour.carol, line).done
        joined = set(Room.objects.of(harbour.carol))
        assert {pier, quay, harbour.vault} <= joined
        assert mallory not in joined
        # A private room is one that does not exist.
        assert typed(harbour.carol, "/join elsewhere-secret").words == typed(harbour.carol, "/join nowhere").words

    def test_the_banned_are_told_so(self, harbour: Harbour) -> None:
        actions.ban_member(actor=harbour.alice, room=harbour.room, subject=harbour.mallory)
        make_room(harbour.mallory, "Pier")
        said = typed(harbour.mallory, "/join harbour", channel="/rooms/pier/general/")
        assert said.words == "You are banned from Harbour."

    def test_leaving(self, harbour: Harbour) -> None:
        assert typed(harbour.carol, "/leave").words == "You left Harbour."
        assert not Membership.objects.filter(room=harbour.room, user=harbour.carol).exists()


def test_reports_are_filed_and_handled(harbour: Harbour) -> None:
    message = post(harbour.bob, harbour.general, "Something bad")
    assert typed(harbour.carol, "/report he shouts", answering=message).done
    report = Report.objects.get()
    assert (report.message, report.reason) == (message, "he shouts")
    assert typed(harbour.carol, f"/report #{message.pk} he shouts").words.startswith("You have reported this already")
    assert typed(harbour.carol, "/report @carol me").words == "You cannot report yourself."
    assert not typed(harbour.bob, f"/claim {report.pk}").done, "it is about him"
    assert typed(harbour.alice, f"/claim #{report.pk}").done
    assert not typed(harbour.alice, f"/resolve {report.pk}").done, "the reporter is to be told something"
    assert typed(harbour.alice, f"/resolve {report.pk} We talked").done
    report.refresh_from_db()
    assert (report.status, report.outcome) == (ReportStatus.RESOLVED, "We talked")
    assert "closed this report in the meantime" in typed(harbour.alice, f"/dismiss {report.pk} nothing").words
