"""The HTTP edge of moderating voice channels. Each view: access, validate, act, answer."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import member_required
from accounts.requests import MemberRequest
from eclipse.requests import Request
from rooms import actions, permissions
from rooms.moderation.acts import MemberAct
from rooms.moderation.door import SubjectAccess, get_subject
from rooms.moderation.views import asked_or_sent, get_channel_to_limit, limits_page, member_act

from .acts import voice_standing_of
from .forms import CallLimitsForm


@member_required
@asked_or_sent
def member_voice_act(request: Request, slug: str, username: str, act: MemberAct) -> HttpResponseBase:
    """A page for each of `VOICE_ACTS`; sent from a tile's menu, the menu as it is then."""
    if not request.htmx or request.method != "POST":
        return member_act(request, slug, username, act)
    access = get_subject(request.user, slug, username, act.codename)
    form = act.ask(access, request.POST)
    if not form.is_valid():
        return member_act(request, slug, username, act)
    try:
        act.do(access, form.cleaned_data)
    except ValidationError as error:
        return _voice_menu(request, access, trouble=" ".join(error.messages))
    return _voice_menu(request, get_subject(request.user, slug, username, act.codename))


@member_required
@require_safe
def member_voice(request: Request, slug: str, username: str) -> HttpResponse:
    """What a moderator can do to somebody in voice channels: a tile's menu, and without script the member's page."""
    try:
        access = get_subject(request.user, slug, username, permissions.MODERATE_VOICE)
    except actions.OutOfReach:
        if not request.htmx:
            raise
        # The creator's tile, a peer's, one's own: its menu stays as it is.
        return HttpResponse(status=204)
    return _voice_menu(request, access) if request.htmx else redirect("rooms:room-member", slug, username)


def _voice_menu(request: Request, access: SubjectAccess, trouble: str = "") -> HttpResponse:
    context = {
        "room": access.room_access.room,
        "person": access.subject,
        "voice": voice_standing_of(access.room_access, access.subject, access.membership),
        "trouble": trouble,
    }
    return render(request, "rooms/calls/_voice_menu.html", context)


@member_required
@asked_or_sent
def channel_call(request: MemberRequest, slug: str, channel: str) -> HttpResponse:
    """All that moderates a voice channel, for whoever may do some of it; how many may be in it, and how it sounds."""
    if request.method != "POST":
        rights = permissions.MODERATE_VOICE, permissions.LOCK_CHANNELS
        access = get_channel_to_limit(request, slug, channel, *rights)
    else:
        access = get_channel_to_limit(request, slug, channel, permissions.MODERATE_VOICE)
    if not access.channel.is_voice:
        raise Http404
    form = CallLimitsForm(request.POST, channel=access.channel) if request.method == "POST" else None
    if form is None or not form.is_valid():
        return limits_page(request, access, call=form)
    actions.limit_call(actor=access.actor, channel=access.channel, **form.cleaned_data)
    messages.success(request, _("The limits of the channel are saved. They hold in its call from now on."))
    return redirect(access.channel)
