"""The HTTP edge of moderation. Each view: access, validate, act, answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import member_required
from accounts.requests import MemberRequest
from eclipse.numbers import number_in
from eclipse.requests import Request
from rooms import access as door
from rooms import actions, permissions, timeline
from rooms.access import ChannelAccess, MessageAccess
from rooms.actions.messages import MOST_DELETED_AT_ONCE
from rooms.views import answer_change

from .door import SubjectAccess, bans_in, get_subject, pinned_in, timeouts_in
from .forms import BanForm, ReasonForm, ReviewForm, SlowModeForm, TimeoutForm, WordsForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

asked_or_sent = require_http_methods(["GET", "HEAD", "POST"])


# --- Members ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """What a moderator does to a member: a page that asks for the details, and the deed."""

    codename: str
    form: type[forms.Form]
    heading: "_StrPromise"
    lead: "_StrPromise"
    button: "_StrPromise"
    do: Callable[[SubjectAccess, dict[str, Any]], str]
    is_grave: bool = True


def _act(request: MemberRequest, slug: str, username: str, act: Act) -> HttpResponse:
    access = get_subject(request.user, slug, username, act.codename)
    form = act.form(request.POST if request.method == "POST" else None)
    room_access = access.room_access
    if form.is_valid():
        messages.success(request, act.do(access, form.cleaned_data))
        back = "rooms:room-bans" if room_access.may(permissions.BAN_MEMBERS) else "rooms:room"
        return redirect(back, room_access.room.slug)
    context = {"access": room_access, "room": room_access.room, "subject": access, "act": act, "form": form}
    return render(request, "rooms/moderation/member_act.html", context, status=422 if form.is_bound else 200)


def _whom(access: SubjectAccess) -> dict[str, Any]:
    return {"actor": access.room_access.actor, "room": access.room_access.room, "subject": access.subject}


def _time_out(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.time_out_member(**_whom(access), until=timezone.now() + asked["duration"], reason=asked["reason"])
    return _("%(name)s is muted.") % {"name": access.name}


def _lift_timeout(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.lift_timeout(**_whom(access), reason=asked["reason"])
    return _("%(name)s may write and speak again.") % {"name": access.name}


def _kick(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.kick_member(**_whom(access), reason=asked["reason"])
    return _("%(name)s was removed from the room.") % {"name": access.name}


def _ban(access: SubjectAccess, asked: dict[str, Any]) -> str:
    now, span, erased = timezone.now(), asked["duration"], asked["delete"]
    actions.ban_member(
        **_whom(access),
        until=now + span if span else None,
        reason=asked["reason"],
        delete_since=now - erased if erased else None,
    )
    return _("%(name)s is banned.") % {"name": access.name}


def _unban(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.unban_member(**_whom(access), reason=asked["reason"])
    return _("%(name)s may enter the room again.") % {"name": access.name}


def _review(access: SubjectAccess, asked: dict[str, Any]) -> str:
    actions.send_to_review(**_whom(access), reason=asked["reason"])
    return _("The other moderators will look at %(name)s.") % {"name": access.name}


TIME_OUT = Act(
    permissions.TIME_OUT_MEMBERS,
    TimeoutForm,
    gettext_lazy("Mute for a time"),
    gettext_lazy("They read and hear on, and can neither write nor speak. Leaving and coming back does not end it."),
    gettext_lazy("Mute"),
    _time_out,
)
LIFT_TIMEOUT = Act(
    permissions.TIME_OUT_MEMBERS,
    ReasonForm,
    gettext_lazy("End the mute"),
    gettext_lazy("They may write and speak again at once."),
    gettext_lazy("End the mute"),
    _lift_timeout,
    is_grave=False,
)
KICK = Act(
    permissions.KICK_MEMBERS,
    ReasonForm,
    gettext_lazy("Remove from the room"),
    gettext_lazy("They belong to the room no more. They may come back: to keep them out, ban them."),
    gettext_lazy("Remove from the room"),
    _kick,
)
BAN = Act(
    permissions.BAN_MEMBERS,
    BanForm,
    gettext_lazy("Ban from the room"),
    gettext_lazy("They leave at once and cannot come back, not even by an invitation."),
    gettext_lazy("Ban"),
    _ban,
)
UNBAN = Act(
    permissions.BAN_MEMBERS,
    ReasonForm,
    gettext_lazy("Lift the ban"),
    gettext_lazy("They may enter the room again. They do not come back by themselves."),
    gettext_lazy("Lift the ban"),
    _unban,
    is_grave=False,
)
REVIEW = Act(
    permissions.HANDLE_REPORTS,
    ReviewForm,
    gettext_lazy("Send to review"),
    gettext_lazy("Another moderator of the room decides what is to be done. The member learns nothing of it."),
    gettext_lazy("Send to review"),
    _review,
    is_grave=False,
)


@member_required
@asked_or_sent
def member_timeout(request: MemberRequest, slug: str, username: str) -> HttpResponse:
    return _act(request, slug, username, TIME_OUT)


@member_required
@asked_or_sent
def member_untimeout(request: MemberRequest, slug: str, username: str) -> HttpResponse:
    return _act(request, slug, username, LIFT_TIMEOUT)


@member_required
@asked_or_sent
def member_kick(request: MemberRequest, slug: str, username: str) -> HttpResponse:
    return _act(request, slug, username, KICK)


@member_required
@asked_or_sent
def member_ban(request: MemberRequest, slug: str, username: str) -> HttpResponse:
    return _act(request, slug, username, BAN)


@member_required
@asked_or_sent
def member_unban(request: MemberRequest, slug: str, username: str) -> HttpResponse:
    return _act(request, slug, username, UNBAN)


@member_required
@asked_or_sent
def member_review(request: MemberRequest, slug: str, username: str) -> HttpResponse:
    return _act(request, slug, username, REVIEW)


@member_required
@require_safe
def room_bans(request: MemberRequest, slug: str) -> HttpResponse:
    """Who is banned and who is muted, with the way to end it."""
    access = door.get_room(request.user, slug)
    may_ban, may_mute = access.may(permissions.BAN_MEMBERS), access.may(permissions.TIME_OUT_MEMBERS)
    if not may_ban and not may_mute:
        raise PermissionDenied
    context = {
        "access": access,
        "room": access.room,
        "bans": bans_in(access) if may_ban else None,
        "timeouts": timeouts_in(access) if may_mute else None,
    }
    return render(request, "rooms/moderation/bans.html", context)


@member_required
@asked_or_sent
def room_words(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.EDIT_WORD_FILTER)
    form = WordsForm(request.POST if request.method == "POST" else None, initial={"words": access.room.filtered_words})
    if form.is_valid():
        actions.edit_word_filter(actor=access.actor, room=access.room, **form.cleaned_data)
        messages.success(request, _("The word filter is saved."))
        return redirect("rooms:room-words", access.room.slug)
    context = {"access": access, "room": access.room, "form": form}
    return render(request, "rooms/moderation/words.html", context, status=422 if form.is_bound else 200)


# --- Messages -----------------------------------------------------------------------------------


def _to_pin(request: Request, slug: str, channel: str, message_id: int) -> MessageAccess:
    access = door.get_message(request.user, slug, channel, message_id)
    if access.message.is_deleted:
        raise Http404
    access.require(permissions.PIN_MESSAGES)
    return access


@member_required
@asked_or_sent
def message_pin(request: Request, slug: str, channel: str, message_id: int) -> HttpResponse:
    access = _to_pin(request, slug, channel, message_id)
    if request.method != "POST":
        return _confirm(request, access)
    return answer_change(request, actions.pin_message(actor=access.actor, message=access.message))


@member_required
@asked_or_sent
def message_unpin(request: Request, slug: str, channel: str, message_id: int) -> HttpResponse:
    access = _to_pin(request, slug, channel, message_id)
    if request.method != "POST":
        return _confirm(request, access)
    return answer_change(request, actions.unpin_message(actor=access.actor, message=access.message))


def _confirm(request: Request, access: MessageAccess) -> HttpResponse:
    """The page that stands behind a bare link to the deed."""
    context = {"room": access.room, "access": access, "message": access.message}
    return render(request, "rooms/moderation/message_pin.html", context)


@member_required
@asked_or_sent
def message_review(request: MemberRequest, slug: str, channel: str, message_id: int) -> HttpResponse:
    """Send a message's author to review, with the message quoted."""
    access = door.get_message(request.user, slug, channel, message_id)
    author = access.message.author
    if access.message.is_deleted or author is None:
        raise Http404
    subject = get_subject(request.user, slug, author.username, permissions.HANDLE_REPORTS)
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        actions.send_to_review(**_whom(subject), message=access.message, reason=form.cleaned_data["reason"])
        messages.success(request, _("The other moderators will look at it."))
        return redirect(access.message)
    context = {
        "access": access,
        "room": access.room,
        "subject": subject,
        "act": REVIEW,
        "form": form,
        "message": access.message,
    }
    return render(request, "rooms/moderation/member_act.html", context, status=422 if form.is_bound else 200)


@member_required
@asked_or_sent
def messages_delete(request: MemberRequest, slug: str, channel: str) -> HttpResponse:
    """A page of the channel's messages to choose from, and their deletion."""
    access = door.get_channel(request.user, slug, channel, permissions.DELETE_MANY_MESSAGES)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    chosen = [number for text in request.POST.getlist("message") if (number := number_in(text)) is not None]
    if form.is_bound and not chosen:
        form.add_error(None, _("Choose at least one message."))
    if form.is_valid():
        count = actions.delete_messages(
            actor=access.actor, channel=access.channel, message_ids=chosen, reason=form.cleaned_data["reason"]
        )
        told = ngettext("%(count)d message is deleted.", "%(count)d messages are deleted.", count) % {"count": count}
        messages.success(request, told)
        return redirect(access.channel)
    page = _page_to_choose_from(request, access)
    context = {
        "access": access,
        "room": access.room,
        "channel": access.channel,
        "form": form,
        "page": page,
        "choices": [(message, message.pk in chosen) for message in page.messages if not message.is_deleted],
    }
    return render(request, "rooms/moderation/messages_delete.html", context, status=422 if form.is_bound else 200)


def _page_to_choose_from(request: MemberRequest, access: ChannelAccess) -> timeline.Page:
    text = request.GET.get("before")
    if not text:
        return timeline.latest(access.channel, MOST_DELETED_AT_ONCE)
    before = number_in(text)
    if before is None:
        raise Http404
    return timeline.before(access.channel, before, MOST_DELETED_AT_ONCE)


@require_safe
def channel_pinned(request: Request, slug: str, channel: str) -> HttpResponse:
    access = door.get_channel(request.user, slug, channel)
    context = {"access": access, "room": access.room, "channel": access.channel, "pinned": pinned_in(access)}
    return render(request, "rooms/moderation/pinned.html", context)


# --- Channels -----------------------------------------------------------------------------------


def _get_channel(request: MemberRequest, slug: str, channel: str, *codenames: str) -> ChannelAccess:
    """The channel, for somebody who has one of these rights in it."""
    access = door.get_channel(request.user, slug, channel)
    if not any(access.may(codename) for codename in codenames):
        raise PermissionDenied
    return access


def _limits_page(
    request: MemberRequest, access: ChannelAccess, slow: SlowModeForm | None = None, lock: ReasonForm | None = None
) -> HttpResponse:
    """All that limits writing in a channel, each with its own form."""
    context = {
        "access": access,
        "room": access.room,
        "channel": access.channel,
        "slow": slow or SlowModeForm(channel=access.channel),
        "lock": lock or ReasonForm(prefix="lock"),
    }
    status = 422 if any(form is not None and form.is_bound for form in (slow, lock)) else 200
    return render(request, "rooms/moderation/limits.html", context, status=status)


@member_required
@asked_or_sent
def channel_slow(request: MemberRequest, slug: str, channel: str) -> HttpResponse:
    if request.method != "POST":
        # The page serves all who moderate the channel, each with what is theirs.
        rights = permissions.SET_SLOW_MODE, permissions.LOCK_CHANNELS, permissions.DELETE_MANY_MESSAGES
        return _limits_page(request, _get_channel(request, slug, channel, *rights))
    access = _get_channel(request, slug, channel, permissions.SET_SLOW_MODE)
    form = SlowModeForm(request.POST, channel=access.channel)
    if not form.is_valid():
        return _limits_page(request, access, form)
    limited = actions.set_slow_mode(actor=access.actor, channel=access.channel, **form.cleaned_data)
    messages.success(request, _("Slow mode is on.") if limited.slow_mode else _("Slow mode is off."))
    return redirect(access.channel)


def _lock(request: MemberRequest, slug: str, channel: str, act: Callable[..., Any], told: str) -> HttpResponse:
    access = _get_channel(request, slug, channel, permissions.LOCK_CHANNELS)
    form = ReasonForm(request.POST, prefix="lock") if request.method == "POST" else None
    if form is None or not form.is_valid():
        return _limits_page(request, access, lock=form)
    act(actor=access.actor, channel=access.channel, reason=form.cleaned_data["reason"])
    messages.success(request, told)
    return redirect(access.channel)


@member_required
@asked_or_sent
def channel_lock(request: MemberRequest, slug: str, channel: str) -> HttpResponse:
    return _lock(request, slug, channel, actions.lock_channel, _("The channel is locked."))


@member_required
@asked_or_sent
def channel_unlock(request: MemberRequest, slug: str, channel: str) -> HttpResponse:
    return _lock(request, slug, channel, actions.unlock_channel, _("The channel is open again."))
