"""Every write of accounts, as a verb: keyword-only, typed, atomic, and telling the open pages on commit."""

from typing import TypedDict, Unpack

from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction

from eclipse.hub import hub
from rooms.actions import ensure_lobby, join_room
from rooms.actions.on_commit import tell

from .models import User


def register(*, username: str, password: str, email: str = "") -> User:
    """A new person, who is a member of the lobby from the first moment on.

    The values have passed `forms.SignupForm`; `IntegrityError` when somebody took the name in the meantime.
    """
    user = User(username=User.normalize_username(username), email=email.lower())
    # Before the transaction: hashing takes long on purpose, and SQLite has one writer at a time.
    user.set_password(password)
    with transaction.atomic():
        user.save()
        if user.email:
            EmailAddress.objects.create(user=user, email=user.email, primary=True)
        join_room(actor=user, room=ensure_lobby())
    return user


class Settings(TypedDict, total=False):
    """How a person is called, and sees and hears their pages."""

    display_name: str
    language: str
    theme: str
    announcements: str
    motion: str


def update_settings(*, user: User, **settings: Unpack[Settings]) -> None:
    """Change what is given of `user`'s settings; the values have passed `forms.SettingsForm`."""
    for name, value in settings.items():
        setattr(user, name, value)
    user.save(update_fields=list(settings))


def set_password(*, user: User, password: str) -> None:
    """Give `user` a new password, which ends all their sessions and closes the sockets that those had opened."""
    user.set_password(password)
    user.save(update_fields=["password"])
    recheck_sockets(user=user)


class StaffOutOfReach(PermissionDenied):
    """Nobody suspends themself, and only a superuser decides about staff."""


@transaction.atomic
def suspend_account(*, actor: User, user: User, reason: str = "") -> None:
    """Nobody can log in as `user`, whose sessions count no more and whose sockets close at once; for staff.

    What they wrote stays. `reason` stands in the admin's history. Raises `PermissionDenied` and `StaffOutOfReach`.
    """
    _set_active(actor, user, active=False, reason=reason)


@transaction.atomic
def restore_account(*, actor: User, user: User, reason: str = "") -> None:
    """`user` can log in again; for staff, as `suspend_account`."""
    _set_active(actor, user, active=True, reason=reason)


def _set_active(actor: User, user: User, *, active: bool, reason: str) -> None:
    if not (actor.is_staff and actor.is_active):
        raise PermissionDenied
    if actor == user or ((user.is_staff or user.is_superuser) and not actor.is_superuser):
        raise StaffOutOfReach
    if not User.objects.filter(pk=user.pk, is_active=not active).update(is_active=active):
        user.is_active = active
        return
    user.is_active = active
    deed = "Restored" if active else "Suspended"
    LogEntry.objects.log_actions(actor.pk, [user], CHANGE, f"{deed}. {reason}".strip(), single_object=True)
    recheck_sockets(user=user)


def recheck_sockets(*, user: User) -> None:
    """Once the transaction is stored, have each open socket of `user` ask again whether its session still holds."""
    tell(hub.recheck, f"user.{user.pk}", everything=True)
