"""The HTTP edge of what voice channels are held to. Each view: access, validate, act, answer."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.decorators import member_required
from accounts.requests import MemberRequest
from rooms import actions, permissions
from rooms.moderation.views import asked_or_sent, get_channel_to_limit, limits_page

from .forms import CallLimitsForm


@member_required
@asked_or_sent
def channel_call(request: MemberRequest, slug: str, channel: str) -> HttpResponse:
    """How many may be in a voice channel, and how good it sounds."""
    access = get_channel_to_limit(request, slug, channel, permissions.MODERATE_VOICE)
    if not access.channel.is_voice:
        raise Http404
    if request.method != "POST":
        return limits_page(request, access)
    form = CallLimitsForm(request.POST, channel=access.channel)
    if not form.is_valid():
        return limits_page(request, access, call=form)
    actions.limit_call(actor=access.actor, channel=access.channel, **form.cleaned_data)
    messages.success(request, _("The limits of the channel are saved. They hold in its call from now on."))
    return redirect(access.channel)
