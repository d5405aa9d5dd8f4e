"""What makes a room of the demo a community: its games, categories, pins, invitations, reports, bans and its log.

Read from the `community.toml` of a room's folder, where there is one; `ago` is in days.
"""

import tomllib
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from accounts.models import User
from rooms.actions.game_tags import free_slug
from rooms.discovery.games import game_called
from rooms.models import AuditEntry, Ban, Category, Channel, GameTag, Invitation, Message, Report, Room
from rooms.models.audit_entry import Deed
from rooms.models.report import ReportStatus

from .script import HERE

# Messages that have a name, by their channel's number and it.
Named = dict[tuple[int, str], Message]


def furnish(key: str, room: Room, users: dict[str, User], named: Named, now: datetime) -> None:
    """Bring what the room's file tells, as if it had been done then."""
    path = HERE / "scenes" / key / "community.toml"
    if not path.exists():
        return
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    channels = {channel.slug: channel for channel in Channel.objects.filter(room=room)}
    for name in told.get("games", []):
        room.tags.add(_game(name, approved=True, by=None))
    for entry in told.get("proposed", []):
        room.tags.add(_game(entry["name"], approved=False, by=users[entry["by"]]))
    for position, entry in enumerate(told.get("categories", [])):
        category = Category.objects.create(room=room, name=entry["name"], position=position)
        Channel.objects.filter(room=room, slug__in=entry["channels"]).update(category=category)
    for slug, name in told.get("pins", []):
        _pin(named[channels[slug].pk, name])
    for entry in told.get("invitations", []):
        Invitation.objects.create(
            room=room, creator=users[entry["by"]], created_at=now - timedelta(days=entry["ago"]),
            expires_at=now + timedelta(days=entry["left"]), max_uses=entry.get("max_uses"),
        )  # fmt: skip
    for entry in told.get("bans", []):
        Ban.objects.create(
            room=room, user=users[entry["user"]], by=users[entry["by"]], reason=entry["reason"],
            created_at=now - timedelta(days=entry["ago"]),
        )  # fmt: skip
    for entry in told.get("reports", []):
        message = None
        if "message" in entry:
            slug, name = entry["message"]
            message = named[channels[slug].pk, name]
        _report(entry, room, users, message, now)
    for entry in sorted(told.get("log", []), key=lambda entry: -entry["ago"]):
        _log(entry, room, users, channels.get(entry.get("channel", "")), now)


def _game(name: str, *, approved: bool, by: User | None) -> GameTag:
    game = game_called(name)
    if game is None:
        game = GameTag.objects.create(name=name, slug=free_slug(name), is_approved=approved, proposed_by=by)
    return game


def _pin(message: Message) -> None:
    """Pinned ten minutes after it was said, and counted as the channel's last change."""
    Channel.objects.filter(pk=message.channel_id).update(seq=F("seq") + 1)
    Message.objects.filter(pk=message.pk).update(
        pinned_at=message.created_at + timedelta(minutes=10),
        changed_seq=Channel.objects.values_list("seq", flat=True).get(pk=message.channel_id),
    )


def _report(entry: dict[str, Any], room: Room, users: dict[str, User], message: Message | None, now: datetime) -> None:
    filed_at = now - timedelta(days=entry["ago"])
    status = ReportStatus(entry.get("status", ReportStatus.OPEN))
    by_whom = entry.get("handled_by")
    Report.objects.create(
        room=room,
        reporter=users[entry["by"]],
        subject=users[entry["about"]],
        message=message,
        quoted=message.body if message is not None else entry.get("quoted", ""),
        reason=entry["reason"],
        status=status,
        claimed_by=users[by_whom] if by_whom else None,
        outcome=entry.get("outcome", ""),
        created_at=filed_at,
        closed_at=filed_at + timedelta(minutes=25) if "outcome" in entry else None,
    )


def _log(entry: dict[str, Any], room: Room, users: dict[str, User], channel: Channel | None, now: datetime) -> None:
    actor, at = users[entry["by"]], now - timedelta(days=entry["ago"])
    subject = users[entry["about"]] if "about" in entry else None
    details: dict[str, Any] = {**entry.get("details", {}), "actor": actor.name}
    if subject is not None:
        details["subject"] = subject.name
    if channel is not None:
        details["channel"] = channel.name
    if "minutes" in entry:
        details["until"] = (at + timedelta(minutes=entry["minutes"])).isoformat()
    AuditEntry.objects.create(
        room=room, actor=actor, deed=Deed(entry["deed"]), subject=subject, channel=channel,
        reason=entry.get("reason", ""), details=details, created_at=at,
    )  # fmt: skip
