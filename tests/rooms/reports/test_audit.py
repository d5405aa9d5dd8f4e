"""Who did what to whom, when and why: read by moderators, changed by nobody."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from rooms import actions
from rooms.actions.audit import record
from rooms.models import AuditEntry, RoleGroup
from rooms.models.audit_entry import Deed
from rooms.models.channel import Audience
from rooms.permissions import VIEW_AUDIT_LOG, Role
from tests.factories import make_channel
from tests.rooms.conftest import Harbour, browser_of
from tests.rooms.reports.granting import grant
from tests.rooms.views.answers import text_of

LOG = "/rooms/harbour/settings/audit/"


@pytest.fixture
def written(harbour: Harbour) -> Harbour:
    """Bob muted carol, banned mallory and unbanned her again; alice did something in the vault."""
    room, until = harbour.room, timezone.now() + timedelta(hours=1)
    actions.time_out_member(actor=harbour.bob, room=room, subject=harbour.carol, until=until, reason="Shouting")
    actions.ban_member(actor=harbour.bob, room=room, subject=harbour.mallory, reason="Trolling")
    actions.unban_member(actor=harbour.alice, room=room, subject=harbour.mallory, reason="Second chance")
    actions.ban_member(actor=harbour.alice, room=harbour.vault, subject=harbour.mallory, reason="Not in here")
    return harbour


def reasons(page: str) -> list[str]:
    return [each for each in ("Shouting", "Trolling", "Second chance", "Not in here") if each in page]


def test_it_tells_who_did_what_to_whom_when_and_why(written: Harbour) -> None:
    page = text_of(browser_of(written.bob).get(LOG))
    assert reasons(page) == ["Shouting", "Trolling", "Second chance"]
    assert "muted for a time" in page
    assert "until" in page
    entry = AuditEntry.objects.filter(deed=Deed.TIMED_OUT).get()
    assert f'datetime="{entry.created_at.isoformat()}"' in page


def test_it_is_filtered_by_deed_actor_and_subject(written: Harbour) -> None:
    bob = browser_of(written.bob)
    for query, expected in (
        ({"deed": "banned"}, ["Trolling"]),
        ({"actor": "BOB"}, ["Shouting", "Trolling"]),
        ({"subject": "mallory"}, ["Trolling", "Second chance"]),
        ({"actor": "alice", "subject": "mallory", "deed": "unbanned"}, ["Second chance"]),
        ({"actor": "nobody"}, []),
        ({"actor": "\x00"}, ["Shouting", "Trolling", "Second chance"]),
        ({"deed": "", "actor": "", "subject": ""}, ["Shouting", "Trolling", "Second chance"]),
    ):
        assert reasons(text_of(bob.get(LOG, query))) == expected, query
    for query in ({"deed": "x"}, {"after": "x"}, {"after": "\x00"}):
        assert bob.get(LOG, query).status_code == 404


def test_it_goes_on_where_it_ended_with_its_filter(written: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.reports.audit.PAGE_SIZE", 1)
    bob = browser_of(written.bob)
    first = bob.get(LOG, {"subject": "mallory"})
    assert reasons(text_of(first)) == ["Second chance"]
    assert f'href="?subject=mallory&amp;after={first.context["page"].next}"' in text_of(first)
    second = bob.get(LOG, {"subject": "mallory", "after": first.context["page"].next})
    assert reasons(text_of(second)) == ["Trolling"]
    assert second.context["page"].next == 0


def test_it_is_for_moderators(written: Harbour) -> None:
    assert browser_of(written.carol).get(LOG).status_code == 403
    assert browser_of(written.mallory).get(LOG).status_code == 403
    assert browser_of(written.mallory).get(LOG.replace("harbour", "vault")).status_code == 404


def test_names_outlive_accounts_and_can_still_be_asked_for(written: Harbour) -> None:
    written.bob.delete()
    written.mallory.delete()
    alice = browser_of(written.alice)
    page = text_of(alice.get(LOG))
    assert "bob" in page
    assert "mallory" in page
    assert reasons(text_of(alice.get(LOG, {"actor": "bob"}))) == ["Shouting", "Trolling"]
    assert reasons(text_of(alice.get(LOG, {"subject": "mallory"}))) == ["Trolling", "Second chance"]


def test_it_is_read_in_the_readers_language(written: Harbour, settings: Settings) -> None:
    page = text_of(browser_of(written.bob).get(LOG, headers={"Accept-Language": "ru"}))
    assert "muted for a time" not in page
    assert "Журнал" in page


def test_each_deed_s_details_are_told_in_words(harbour: Harbour) -> None:
    for deed, details in (
        (Deed.ROLE_CHANGED, {"before": "user", "after": "moderator"}),
        (Deed.NICKNAME_CHANGED, {"before": "", "after": "Captain"}),
        (Deed.ROOM_EDITED, {"before": {"name": "Harbour"}, "after": {"name": "Pier", "visibility": "private"}}),
        (Deed.CHANNEL_EDITED, {"before": {"is_locked": False}, "after": {"is_locked": True, "gone_field": 1}}),
        (Deed.MATRIX_EDITED, {"granted": {"user": ["pin_messages", "no_more"]}, "taken": {}}),
        (Deed.SLOW_MODE_SET, {"seconds": 30}),
        (Deed.MESSAGES_DELETED, {"deleted": 2, "unheard_of": ["x"]}),
    ):
        record(deed, actor=harbour.alice, room=harbour.room, subject=harbour.carol, **details)
    page = text_of(browser_of(harbour.bob).get(LOG))
    for words in (
        "member → moderator",
        "— → Captain",
        "name: Harbour → Pier",
        "Private: only members",
        "locked: no → yes",
        "granted: member: Pin messages, no_more",
        "30 seconds",
        "2 messages deleted",
    ):
        assert words in page, words


def test_the_moderators_channel_is_not_told_of_to_others_who_read_the_log(harbour: Harbour) -> None:
    hidden = make_channel(harbour.room, "bridge")
    hidden.audience = Audience.MODERATORS
    hidden.save(update_fields=["audience"])
    record(Deed.SLOW_MODE_SET, actor=harbour.alice, room=harbour.room, channel=hidden, reason="Heated")
    record(Deed.CHANNEL_DELETED, actor=harbour.alice, room=harbour.room, reason="Sunk", audience="moderators")
    record(Deed.CHANNEL_DELETED, actor=harbour.alice, room=harbour.room, reason="Merged", audience="everyone")
    record(Deed.KICKED, actor=harbour.alice, room=harbour.room, subject=harbour.mallory, reason="Noise")
    grant(RoleGroup.objects.get(room=harbour.room, role=Role.USER), VIEW_AUDIT_LOG)
    seen = {
        name: [each for each in ("Heated", "Sunk", "Merged", "Noise") if each in text_of(browser_of(person).get(LOG))]
        for name, person in (("bob", harbour.bob), ("carol", harbour.carol))
    }
    assert seen == {"bob": ["Heated", "Sunk", "Merged", "Noise"], "carol": ["Merged", "Noise"]}
    hidden.delete()
    page = text_of(browser_of(harbour.carol).get(LOG))
    assert "Heated" not in page
    assert "bridge" not in page


@pytest.mark.services
def test_nobody_can_edit_it(written: Harbour) -> None:
    entry = AuditEntry.objects.filter(room=written.room).earliest("pk")
    for change in (
        {"reason": "Nothing happened"},
        {"deed": Deed.UNBANNED},
        {"details": {}},
        {"created_at": timezone.now()},
        {"room": written.vault},
    ):
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            AuditEntry.objects.filter(pk=entry.pk).update(**change)
    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        entry.reason = "Nothing happened"
        entry.save()
    # Not by hand either.
    with (
        pytest.raises(DatabaseError, match="written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE rooms_auditentry SET reason = ''")
    entry.refresh_from_db()
    assert entry.reason == "Shouting"


@pytest.mark.services
def test_accounts_channels_and_rooms_can_go_all_the_same(written: Harbour) -> None:
    written.bob.delete()
    entry = AuditEntry.objects.filter(room=written.room).earliest("pk")
    assert (entry.actor, entry.details["actor"], entry.details["subject"]) == (None, "bob", "carol")
    written.room.delete()
    assert not AuditEntry.objects.filter(pk=entry.pk).exists()
