"""`manage.py demo`: what it puts there, what it leaves alone, and that the conversations are well formed."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.actions import register
from accounts.models import User
from eclipse import ratelimit
from eclipse.text import validate_plain_text
from rooms import timeline
from rooms.demo import fill, script
from rooms.models import AuditEntry, Ban, Channel, GameTag, Membership, Message, Report, Room
from rooms.unread import rooms_with_unread
from rooms.validators import validate_body

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ANY_HOUR = [NOON, datetime(2026, 3, 10, 0, 1, tzinfo=UTC), datetime(2026, 3, 10, 2, 59, tzinfo=UTC)]
ANY_HOUR += [datetime(2026, 3, 10, 3, 1, tzinfo=UTC), datetime(2026, 3, 10, 23, 59, tzinfo=UTC)]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Argon2 is slow on purpose; these stories are not about that."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def run_demo() -> str:
    answer = StringIO()
    call_command("demo", stdout=answer)
    return answer.getvalue()


@pytest.fixture
def demo(db: None) -> User:
    """The person to log in as, in an Eclipse that the command has filled."""
    run_demo()
    return User.objects.get(username="demo")


def channel_of(room_name: str, slug: str) -> Channel:
    return Channel.objects.select_related("room").get(room__name=room_name, slug=slug)


def everything_stored() -> dict[str, list[tuple[object, ...]]]:
    return {
        model._meta.label: sorted(model._base_manager.values_list(), key=repr)
        for model in apps.get_models()
        if model._meta.label != "sessions.Session"
    }


# --- The files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("now", ANY_HOUR, ids=lambda now: f"{now:%H:%M}")
def test_time_only_goes_forward_and_ends_a_few_minutes_ago(now: datetime) -> None:
    newest = []
    for scene in script.scenes(now):
        for conversation in scene.conversations:
            times = [said.at for said in conversation.said]
            assert times == sorted(set(times)), f"{scene.key}/{conversation.name}"
            newest.append(times[-1])
            for said in conversation.said:
                for later in filter(None, (said.edited_at, said.deleted_at)):
                    assert said.at < later < now, f"{scene.key}/{conversation.name}: {said.body[:40]}"
    assert timedelta(minutes=2) < now - max(newest) < timedelta(minutes=10)
    assert now - min(newest) < timedelta(days=4)


def test_a_line_that_is_said_before_the_one_above_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "room.toml").write_text('channels = ["general"]')
    lines = '["18:01", "demo", "second"], ["18:00", "demo", "first"]'
    (tmp_path / "general.toml").write_text(f'subject = ""\n[[days]]\nago = 1\nsaid = [{lines}]')
    with pytest.raises(ValueError, match="first"):
        script.scene(tmp_path, NOON)


def test_what_is_written_passes_the_rules_that_everybody_is_held_to() -> None:
    for somebody in script.people():
        User(username=somebody.username, display_name=somebody.name, password="-").clean_fields()
    for scene in script.scenes(NOON):
        for text in (scene.name, scene.description):
            validate_plain_text(text)
        there = {scene.creator, *scene.moderators, *scene.members} if scene.creator else None
        for conversation in scene.conversations:
            validate_plain_text(conversation.name)
            validate_plain_text(conversation.subject)
            names = [said.name for said in conversation.said if said.name]
            assert len(names) == len(set(names))
            for said in conversation.said:
                assert there is None or said.by in there, f"{said.by} is not in {scene.name}"
                assert not said.answers or said.answers in names
                if said.deleted_at:
                    assert said.body == ""
                else:
                    validate_body(said.body)


def test_the_viewer_has_not_answered_what_they_have_not_read() -> None:
    for scene in script.scenes(NOON):
        for conversation in scene.conversations:
            unread = conversation.said[len(conversation.said) - conversation.unread :]
            assert all(said.by != fill.VIEWER and not said.deleted_at for said in unread)


# --- The command ----------------------------------------------------------------------------------


def test_there_are_people_rooms_and_conversations_in_both_languages(demo: User) -> None:
    names = [user.name for user in User.objects.all()]
    assert len(names) >= 14
    assert any(re.search("[а-я]", name) for name in names)
    assert any(re.search("[a-z]", name) for name in names)
    assert max(map(len, names)) > 25
    assert Room.objects.count() == 7
    assert Room.objects.public().count() == 6
    assert set(Membership.objects.values_list("role", flat=True)) == {"creator", "moderator", "user"}

    bodies = list(Message.objects.filter(deleted_at=None).values_list("body", flat=True))
    russian = sum(bool(re.search("[а-я]", body)) for body in bodies)
    assert russian > 100
    assert len(bodies) - russian > 200


def test_it_shows_everything_that_a_message_can_be(demo: User) -> None:
    html = "".join(Message.objects.values_list("body_html", flat=True))
    for shown in ('<pre class="code"', '<span class="k', "<blockquote>", "<ol>", "<ul>", "<a href", 'class="spoiler"'):
        assert shown in html, shown
    for style in ("<strong>", "<em>", "<s>", "<code>"):
        assert style in html, style
    assert Message.objects.exclude(reply_to=None).count() > 20
    assert Message.objects.exclude(edited_at=None).count() >= 5
    assert Message.objects.exclude(deleted_at=None).count() >= 2
    lengths = [len(body) for body in Message.objects.filter(deleted_at=None).values_list("body", flat=True)]
    assert min(lengths) == 1
    assert max(lengths) > 1000


def test_history_pages_and_consecutive_messages_stand_in_groups(demo: User) -> None:
    channel = channel_of("Permafrost", "general")
    pages = [timeline.latest(channel)]
    while pages[-1].has_older:
        pages.append(timeline.before(channel, pages[-1].first_id))
    assert len(pages) >= 4
    entries = [entry for page in pages for entry in page.entries]
    assert sum(entry.grouped for entry in entries) > 10
    assert len({timezone.localdate(entry.message.created_at) for entry in entries}) >= 6


def test_ids_go_with_time_and_every_change_is_counted(demo: User) -> None:
    created = list(Message.objects.order_by("pk").values_list("created_at", flat=True))
    assert created == sorted(created)
    for channel in Channel.objects.text():
        stamps = sorted(channel.messages.values_list("changed_seq", flat=True))
        assert len(stamps) == len(set(stamps))
        assert channel.seq == (stamps[-1] if stamps else 0)
        changes = timeline.changed_after(channel, 0, 1000)
        assert (len(changes.messages), changes.more) == (channel.messages.count(), False)


def test_the_viewer_has_something_unread_and_the_others_have_not(demo: User) -> None:
    unread = {room.name: room.unread for room in rooms_with_unread(demo)}
    assert unread["Permafrost"] == 12
    assert sum(count > 0 for count in unread.values()) >= 5
    assert "Any% Lab" not in unread, "one public room is left to be found"
    for user in User.objects.exclude(pk=demo.pk):
        assert not any(room.unread for room in rooms_with_unread(user)), user


def test_rooms_are_communities_in_both_languages(demo: User) -> None:
    for room in Room.objects.filter(name__in=["Permafrost", "Полночный рейд"]):
        assert room.tags.filter(is_approved=True).exists()
        assert room.categories.exists()
        assert room.invitations.exists()
        assert room.reports.count() == 2
        assert room.audit_entries.count() >= 7
        assert Message.objects.filter(channel__room=room).exclude(pinned_at=None).count() >= 2
    assert set(Report.objects.values_list("status", flat=True)) == {"open", "claimed", "resolved", "dismissed"}
    assert GameTag.objects.waiting().count() == 2
    ban = Ban.objects.get()
    assert not Membership.objects.filter(room=ban.room, user=ban.user).exists()
    for entry in AuditEntry.objects.all():
        assert entry.details["actor"]
        assert Membership.objects.filter(room=entry.room, user=entry.actor).exists()
        assert entry.room.created_at <= entry.created_at
        assert entry.actor is None or entry.actor.date_joined <= entry.created_at
    times = list(AuditEntry.objects.filter(room__name="Permafrost").order_by("pk").values_list("created_at", flat=True))
    assert times == sorted(times)


def test_rooms_were_active_when_somebody_wrote_last(demo: User) -> None:
    for room in Room.objects.all():
        assert room.active_at == Message.objects.filter(channel__room=room).latest("created_at").created_at


def test_one_password_opens_every_account_and_none_is_staff(demo: User) -> None:
    for user in User.objects.all():
        assert user.check_password(fill.OPENS_EVERY_ACCOUNT)
        assert not user.is_staff
        assert not user.is_superuser


def test_the_viewer_logs_in_and_sees_the_unread_line(client: Client, demo: User) -> None:
    answer = client.post("/accounts/login/", {"login": "demo", "password": fill.OPENS_EVERY_ACCOUNT}, follow=True)
    assert answer.status_code == 200
    page = client.get(channel_of("Permafrost", "general").get_absolute_url()).content.decode()
    assert 'id="unread-line"' in page
    assert "Bartek Wiśniewski" in page


def test_a_guest_reads_the_public_rooms_and_learns_nothing_of_the_private_one(client: Client, demo: User) -> None:
    private = Room.objects.get(visibility="private")
    assert client.get(private.get_absolute_url()).status_code == 404
    assert private.name not in client.get("/rooms/").content.decode()
    for room in Room.objects.public():
        assert client.get(room.get_absolute_url(), follow=True).status_code == 200


def test_running_it_twice_changes_nothing(demo: User) -> None:
    before = everything_stored()
    answer = run_demo()
    assert fill.OPENS_EVERY_ACCOUNT in answer
    assert everything_stored() == before


def test_it_tells_how_to_log_in(db: None) -> None:
    answer = run_demo()
    assert "demo" in answer
    assert fill.OPENS_EVERY_ACCOUNT in answer


def test_operators_who_are_called_like_somebody_in_it_are_left_alone(db: None) -> None:
    User.objects.create_superuser("vera_k", password="a lantern on the harbour wall")
    before = everything_stored()
    answer = run_demo()
    assert "vera_k" in answer
    assert fill.OPENS_EVERY_ACCOUNT not in answer
    assert everything_stored() == before


def test_where_people_are_already_there_is_no_demo(db: None) -> None:
    """Its accounts have a password that everybody knows."""
    register(username="alice", password="a lantern on the harbour wall")
    before = everything_stored()
    answer = run_demo()
    assert "No demo" in answer
    assert fill.OPENS_EVERY_ACCOUNT not in answer
    assert everything_stored() == before


def test_strict_limits_do_not_get_in_the_way_and_hold_again_afterwards(db: None, settings: Settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "joins": "1/3600 second", "rooms": "1/3600 second"}
    ratelimit.forget_all()
    run_demo()
    assert Counter(Room.objects.values_list("visibility", flat=True)) == {"public": 6, "private": 1}
    ratelimit.spend("rooms", "somebody")
    with pytest.raises(ratelimit.RateLimited):
        ratelimit.spend("rooms", "somebody")
    ratelimit.forget_all()
