"""The HTTP edge of moderation. Each view: access, validate, act, answer."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import member_required
from accounts.requests import MemberRequest
from eclipse.numbers import number_in
from eclipse.requests import Request
from rooms import access as door
from rooms import actions, permissions, timeline
from rooms.access import ChannelAccess
from rooms.actions.messages import MOST_DELETED_AT_ONCE
from rooms.calls.door import voice_sanctions_in
from rooms.calls.forms import CallLimitsForm
from rooms.reasons import ReasonForm
from rooms.views import answer_change
from voice.roster import call_rosters

from .acts import REVIEW, MemberAct, MessageAct
from .door import bans_in, get_subject, pinned_in, timeouts_in
from .forms import ReviewForm, SlowModeForm, WordsForm

asked_or_sent = require_http_methods(["GET", "HEAD", "POST"])


# --- Members ------------------------------------------------------------------------------------


@member_required
@asked_or_sent
def member_act(request: MemberRequest, slug: str, username: str, act: MemberAct) -> HttpResponse:
    """A page for each of `MEMBER_ACTS`."""
    access = get_subject(request.user, slug, username, act.codename)
    form = act.ask(access, request.POST if request.method == "POST" else None)
    room_access = access.room_access
    if form.is_valid():
        try:
            told = act.do(access, form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, told)
            return redirect(act.after(access))
    context = {"access": room_access, "room": room_access.room, "subject": access, "act": act, "form": form}
    return render(request, "rooms/moderation/member_act.html", context, status=422 if form.is_bound else 200)


@member_required
@require_safe
def room_bans(request: MemberRequest, slug: str) -> HttpResponse:
    """Who is banned, who is muted, and who is muted or deafened in voice channels, with the way to end it."""
    access = door.get_room(request.user, slug)
    kinds = {
        "bans": (permissions.BAN_MEMBERS, bans_in),
        "timeouts": (permissions.TIME_OUT_MEMBERS, timeouts_in),
        "voice_sanctions": (permissions.MODERATE_VOICE, voice_sanctions_in),
    }
    shown = {name: look(access) for name, (codename, look) in kinds.items() if access.may(codename)}
    if not shown:
        raise PermissionDenied
    context = {"access": access, "room": access.room, **shown}
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


@member_required
@asked_or_sent
def message_act(request: Request, slug: str, channel: str, message_id: int, act: MessageAct) -> HttpResponse:
    """A page, and in a message's menu a form, for each of `MESSAGE_ACTS`."""
    access = act.allowed(door.get_message(request.user, slug, channel, message_id))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return answer_change(
            request, act.do(actor=access.actor, message=access.message, reason=form.cleaned_data["reason"])
        )
    context = {"room": access.room, "access": access, "message": access.message, "act": act}
    context |= {"form": form, "asks_why": act.asks_why(access)}
    template = "rooms/moderation/_message_act.html" if request.htmx else "rooms/moderation/message_act.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


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
        actions.send_to_review(**subject.whom, message=access.message, reason=form.cleaned_data["reason"])
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


def get_channel_to_limit(request: MemberRequest, slug: str, channel: str, *codenames: str) -> ChannelAccess:
    """The channel, of either kind, for somebody who has one of these rights in it."""
    access = door.get_any_channel(request.user, slug, channel, permissions.VIEW_ROOM)
    if not any(access.may(codename) for codename in codenames):
        raise PermissionDenied
    return access


def limits_page(request: MemberRequest, access: ChannelAccess, **sent: forms.BaseForm | None) -> HttpResponse:
    """All that limits a channel, each with its own form; `sent` is what is wrong, by the form's name."""
    wrong = {name: form for name, form in sent.items() if form is not None}
    if access.may_view_members:
        call_rosters([access.channel])
    context = {
        "access": access,
        "room": access.room,
        "channel": access.channel,
        "slow": SlowModeForm(channel=access.channel),
        "lock": ReasonForm(prefix="lock"),
        "call": CallLimitsForm(channel=access.channel),
        **wrong,
    }
    status = 422 if wrong else 200
    return render(request, "rooms/moderation/limits.html", context, status=status)


def _get_text_channel(request: MemberRequest, slug: str, channel: str, *codenames: str) -> ChannelAccess:
    access = get_channel_to_limit(request, slug, channel, *codenames)
    if access.channel.is_voice:
        raise Http404
    return access


@member_required
@asked_or_sent
def channel_slow(request: MemberRequest, slug: str, channel: str) -> HttpResponse:
    if request.method != "POST":
        # The page serves all who moderate the channel, each with what is theirs.
        rights = permissions.SET_SLOW_MODE, permissions.LOCK_CHANNELS, permissions.DELETE_MANY_MESSAGES
        return limits_page(request, _get_text_channel(request, slug, channel, *rights))
    access = _get_text_channel(request, slug, channel, permissions.SET_SLOW_MODE)
    form = SlowModeForm(request.POST, channel=access.channel)
    if not form.is_valid():
        return limits_page(request, access, slow=form)
    limited = actions.set_slow_mode(actor=access.actor, channel=access.channel, **form.cleaned_data)
    messages.success(request, _("Slow mode is on.") if limited.slow_mode else _("Slow mode is off."))
    return redirect(access.channel)


def _lock(request: MemberRequest, slug: str, channel: str, act: Callable[..., Any], told: str) -> HttpResponse:
    access = get_channel_to_limit(request, slug, channel, permissions.LOCK_CHANNELS)
    form = ReasonForm(request.POST, prefix="lock") if request.method == "POST" else None
    if form is None or not form.is_valid():
        return limits_page(request, access, lock=form)
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
