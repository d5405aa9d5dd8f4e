"""Links that bring people in: made by those who may, good for so long and so often, and silent when they end."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from rooms import actions
from rooms.access import Banned
from rooms.models import AuditEntry, Invitation, InvitationUse, Membership, RoleGroup, Room
from rooms.permissions import CREATE_INVITATIONS, Role
from tests.factories import PASSWORD, make_user
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.reports.granting import grant
from tests.rooms.views.answers import limits, text_of

LIST = "/rooms/vault/settings/invitations/"


def invite(harbour: Harbour, lifetime: timedelta | None = None, max_uses: int | None = None) -> Invitation:
    return actions.create_invitation(actor=harbour.bob, room=harbour.vault, lifetime=lifetime, max_uses=max_uses)


def belongs(user: User, room: Room) -> bool:
    return Membership.objects.filter(user=user, room=room).exists()


class TestMaking:
    def test_bob_makes_a_link_and_finds_it_in_the_list(self, harbour: Harbour) -> None:
        bob = browser_of(harbour.bob)
        page = text_of(bob.post(LIST, {"lifetime": "1h", "max_uses": "2"}, follow=True))
        invitation = Invitation.objects.get()
        assert f'value="http://testserver/invites/{invitation.code}/"' in page
        assert (invitation.creator, invitation.max_uses) == (harbour.bob, 2)
        assert timedelta(minutes=59) < invitation.expires_at - timezone.now() <= timedelta(hours=1)
        assert "0 of 2 used" in page
        entry = AuditEntry.objects.get()
        assert (entry.deed, entry.actor) == ("invitation_created", harbour.bob)
        assert invitation.code not in str(entry.details)

    def test_a_link_without_an_end(self, harbour: Harbour) -> None:
        browser_of(harbour.bob).post(LIST, {"lifetime": "never", "max_uses": ""})
        invitation = Invitation.objects.get()
        assert (invitation.expires_at, invitation.max_uses, invitation.is_valid) == (None, None, True)

    def test_a_bad_form_is_refused_and_kept(self, harbour: Harbour) -> None:
        for form in ({}, {"lifetime": "x"}, {"lifetime": "1h", "max_uses": "0"}, {"lifetime": "1h", "max_uses": "-1"},
                     {"lifetime": "1h", "max_uses": "1001"}, {"lifetime": "1h", "max_uses": "many"}):  # fmt: skip
            answer = browser_of(harbour.bob).post(LIST, form)
            assert answer.status_code == 422
            assert f'value="{form["max_uses"]}"' in text_of(answer) if "max_uses" in form else True
        assert not Invitation.objects.exists()

    def test_too_many_are_refused_until_a_time_told(self, harbour: Harbour, settings: Settings) -> None:
        limits(settings, invitations="1/3600 second")
        bob = browser_of(harbour.bob)
        bob.post(LIST, {"lifetime": "1h"})
        answer = bob.post(LIST, {"lifetime": "1h", "max_uses": "7"})
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 3500
        assert 'value="7"' in text_of(answer)

    def test_only_those_who_may(self, harbour: Harbour) -> None:
        assert browser_of(harbour.carol).get(LIST).status_code == 403
        assert browser_of(harbour.carol).post(LIST, {"lifetime": "1h"}).status_code == 403
        assert browser_of(harbour.mallory).post(LIST, {"lifetime": "1h"}).status_code == 404
        with pytest.raises(PermissionDenied):
            actions.create_invitation(actor=harbour.carol, room=harbour.vault)
        assert not Invitation.objects.exists()

    def test_members_who_may_see_and_revoke_their_own_only(self, harbour: Harbour) -> None:
        bobs = invite(harbour)
        grant(RoleGroup.objects.get(room=harbour.vault, role=Role.USER), CREATE_INVITATIONS)
        carol = browser_of(harbour.carol)
        page = text_of(carol.post(LIST, {"lifetime": "1d"}, follow=True))
        mine = Invitation.objects.get(creator=harbour.carol)
        assert mine.code in page
        assert bobs.code not in page
        assert carol.post(f"{LIST}{bobs.pk}/revoke/").status_code == 404
        with pytest.raises(actions.OutOfReach):
            actions.revoke_invitation(actor=harbour.carol, invitation=bobs)
        assert carol.post(f"{LIST}{mine.pk}/revoke/").status_code == 302
        assert Invitation.objects.get(revoked_at=None) == bobs

    def test_revoking_ends_it_once(self, harbour: Harbour) -> None:
        invitation = invite(harbour)
        alice = browser_of(harbour.alice)
        for _ in range(2):
            assert "Nobody can come" in text_of(alice.post(f"{LIST}{invitation.pk}/revoke/", follow=True))
        assert AuditEntry.objects.filter(deed="invitation_revoked", actor=harbour.alice).count() == 1
        assert "revoked" in text_of(alice.get(LIST))

    def test_whoever_only_looks_at_the_question_revokes_nothing(self, harbour: Harbour) -> None:
        invitation = invite(harbour)
        page = text_of(browser_of(harbour.alice).get(f"{LIST}{invitation.pk}/revoke/"))
        assert "Nobody comes by its link any more." in page
        assert Invitation.objects.get().is_valid

    def test_an_invitation_of_another_room_is_not_found(self, harbour: Harbour) -> None:
        invitation = invite(harbour)
        other = f"/rooms/harbour/settings/invitations/{invitation.pk}/revoke/"
        assert browser_of(harbour.alice).post(other).status_code == 404
        assert browser_of(harbour.alice).post(f"{LIST}{10**18}/revoke/").status_code == 404
        invitation.refresh_from_db()
        assert invitation.is_valid

    def test_the_list_tells_who_came_and_goes_on_where_it_ended(
        self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rooms.invitations.door.PAGE_SIZE", 2)
        made = [invite(harbour) for _ in range(3)]
        actions.accept_invitation(actor=harbour.mallory, invitation=made[2])
        bob = browser_of(harbour.bob)
        first = bob.get(LIST)
        assert first.context["page"].invitations == made[:0:-1]
        assert re.search(r'Came by it:\s*<a href="/users/mallory/">mallory</a>', text_of(first))
        assert bob.get(f"{LIST}?after={first.context['page'].next}").context["page"].invitations == [made[0]]
        for after in ("x", "-1", "%00"):
            assert bob.get(f"{LIST}?after={after}").status_code == 404


class TestComing:
    def test_mallory_sees_the_room_before_she_joins(self, harbour: Harbour) -> None:
        Room.objects.filter(pk=harbour.vault.pk).update(description="Where the gold is")
        invitation = invite(harbour)
        mallory = browser_of(harbour.mallory)
        page = mallory.get(invitation.get_absolute_url())
        assert page.status_code == 200
        assert all(text in text_of(page) for text in ("Vault", "Where the gold is", "bob invites you to", "3 members"))
        assert not belongs(harbour.mallory, harbour.vault)
        answer = mallory.post(invitation.get_absolute_url())
        assert (answer.status_code, answer["Location"]) == (302, "/rooms/vault/")
        assert Membership.objects.get(room=harbour.vault, user=harbour.mallory).role == Role.USER
        assert mallory.get("/rooms/vault/general/").status_code == 200
        invitation.refresh_from_db()
        assert invitation.uses == 1
        assert [use.user for use in InvitationUse.objects.all()] == [harbour.mallory]

    def test_a_members_click_leads_to_the_room_and_uses_nothing_up(self, harbour: Harbour) -> None:
        invitation = invite(harbour, max_uses=1)
        carol = browser_of(harbour.carol)
        for answer in (carol.get(invitation.get_absolute_url()), carol.post(invitation.get_absolute_url())):
            assert (answer.status_code, answer["Location"]) == (302, "/rooms/vault/")
        actions.accept_invitation(actor=harbour.carol, invitation=invitation)
        invitation.refresh_from_db()
        assert invitation.uses == 0
        # Who came by its last use and goes back in the browser is led on, too.
        mallory = browser_of(harbour.mallory)
        mallory.post(invitation.get_absolute_url())
        assert mallory.get(invitation.get_absolute_url())["Location"] == "/rooms/vault/"

    def test_what_ended_and_what_never_was_look_alike(self, harbour: Harbour) -> None:
        expired, revoked, used_up, deleted = (invite(harbour, max_uses=1) for _ in range(4))
        Invitation.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
        actions.revoke_invitation(actor=harbour.bob, invitation=revoked)
        actions.accept_invitation(actor=make_user("early"), invitation=used_up)
        pier = actions.create_room(actor=harbour.alice, name="Pier")
        Invitation.objects.filter(pk=deleted.pk).update(room=pier)
        Room.objects.filter(pk=pier.pk).update(deleted_at=timezone.now())
        codes = [expired.code, revoked.code, used_up.code, deleted.code, "guessed-code", "x" * 300]
        for person in (harbour.mallory, None):
            client = browser_of(person)
            told = set()
            for code in codes:
                for answer in (client.get(f"/invites/{code}/"), client.post(f"/invites/{code}/")):
                    assert answer.status_code == 404
                    assert "This invitation does not work" in text_of(answer)
                    assert "Vault" not in text_of(answer)
                    told.add(re.sub(r'nonce="[^"]*"|value="[^"]*"|next=[^"]*', "", text_of(answer)))
            assert len(told) == 1
        assert not belongs(harbour.mallory, harbour.vault)
        deleted.refresh_from_db()
        for ended in (expired, revoked, used_up, deleted):
            with pytest.raises(actions.InvitationEnded):
                actions.accept_invitation(actor=harbour.mallory, invitation=ended)

    def test_one_that_ends_between_the_page_and_the_click(
        self, harbour: Harbour, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        invitation = invite(harbour)
        monkeypatch.setattr("rooms.invitations.door.Invitation.is_valid", True)
        seen = browser_of(harbour.mallory).get(invitation.get_absolute_url())
        assert seen.status_code == 200
        monkeypatch.undo()
        actions.revoke_invitation(actor=harbour.bob, invitation=invitation)
        assert browser_of(harbour.mallory).post(invitation.get_absolute_url()).status_code == 404

    def test_a_banned_person_is_told_so_and_stays_out(self, harbour: Harbour) -> None:
        invitation = invite(harbour)
        actions.ban_member(actor=harbour.bob, room=harbour.vault, subject=harbour.mallory, reason="Stole the gold")
        mallory = browser_of(harbour.mallory)
        for answer in (mallory.get(invitation.get_absolute_url()), mallory.post(invitation.get_absolute_url())):
            assert answer.status_code == 403
            assert "Stole the gold" in text_of(answer)
            assert "banned" in text_of(answer)
        with pytest.raises(Banned):
            actions.accept_invitation(actor=harbour.mallory, invitation=invitation)
        assert not belongs(harbour.mallory, harbour.vault)
        actions.unban_member(actor=harbour.bob, room=harbour.vault, subject=harbour.mallory)
        assert mallory.post(invitation.get_absolute_url()).status_code == 302
        invitation.refresh_from_db()
        assert invitation.uses == 1

    def test_codes_cannot_be_tried_one_after_the_other(self, harbour: Harbour, settings: Settings) -> None:
        limits(settings, invitation_looks="3/60 second")
        right = invite(harbour).get_absolute_url()
        for person in (harbour.mallory, None):
            client = browser_of(person)
            for number in range(3):
                assert client.get(f"/invites/guess-{number}/").status_code == 404
            # The right one as well: an answer that differed would tell it.
            for address in ("/invites/guess-4/", right):
                answer = client.get(address)
                assert answer.status_code == 429
                assert 50 <= int(answer["Retry-After"]) <= 60

    def test_nothing_is_kept_by_a_cache(self, harbour: Harbour) -> None:
        assert "no-store" in browser_of(None).get(invite(harbour).get_absolute_url())["Cache-Control"]


class TestGuests:
    def test_a_guest_sees_the_room_and_is_led_to_sign_up_and_back(self, harbour: Harbour) -> None:
        address = invite(harbour).get_absolute_url()
        guest = browser_of(None)
        page = text_of(guest.get(address))
        assert "Vault" in page
        assert f'href="/accounts/signup/?next={address}"' in page
        assert f'href="/accounts/login/?next={address}"' in page
        form = text_of(guest.get(f"/accounts/signup/?next={address}"))
        assert f'name="next" value="{address}"' in form
        assert "You begin in the lobby" not in form
        answer = guest.post(
            "/accounts/signup/", {"username": "frank", "password1": PASSWORD, "email": "", "next": address}
        )
        assert (answer.status_code, answer["Location"]) == (302, address)
        assert "Join the room" in text_of(guest.get(address))
        assert guest.post(address)["Location"] == "/rooms/vault/"
        assert belongs(User.objects.get(username="frank"), harbour.vault)

    def test_the_way_survives_a_mistake_and_a_change_of_mind(self, harbour: Harbour) -> None:
        address = invite(harbour).get_absolute_url()
        guest = browser_of(None)
        wrong = guest.post("/accounts/signup/", {"username": "frank", "password1": "x", "next": address})
        assert wrong.status_code == 422
        assert f'name="next" value="{address}"' in text_of(wrong)
        assert re.search(r'href="/accounts/login/\?next=[^"]*invites', text_of(wrong))
        answer = guest.post("/accounts/login/", {"login": "mallory", "password": PASSWORD, "next": address})
        assert (answer.status_code, answer["Location"]) == (302, address)

    def test_a_guests_click_leads_to_the_log_in_page_and_back(self, harbour: Harbour) -> None:
        address = invite(harbour).get_absolute_url()
        assert browser_of(None).post(address)["Location"] == f"/accounts/login/?next={address}"

    def test_nobody_is_led_from_here_to_another_site(self, harbour: Harbour) -> None:
        for bad in ("https://evil.example/invites/x/", "//evil.example/"):
            answer = browser_of(None).post(
                "/accounts/signup/", {"username": "gina", "password1": PASSWORD, "email": "", "next": bad}
            )
            assert "evil.example" not in answer.get("Location", "")
            User.objects.filter(username="gina").delete()
