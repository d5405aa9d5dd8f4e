"""The HTTP edge of invitations."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.decorators import member_required
from accounts.models import User
from accounts.requests import MemberRequest
from eclipse.errors import rate_limited
from eclipse.numbers import number_in
from eclipse.ratelimit import RateLimited
from eclipse.requests import Request
from rooms import access as door
from rooms import actions, permissions
from rooms.reasons import ReasonForm

from .door import InvitationAccess, NoInvitation, count_look, get_invitation, invitations_for, invitations_page
from .forms import InvitationForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: Request, code: str) -> HttpResponse:
    """The room behind a link, before joining it; a POST joins."""
    try:
        count_look(request)
        access = get_invitation(request.user, code)
        if access.is_member:
            return redirect(access.room)
        if request.method == "POST":
            return _accept(request, access)
    except NoInvitation:
        return _gone(request)
    except RateLimited as error:
        return rate_limited(request, error)
    context = {"invitation": access.invitation, "room": access.room, "members": access.room.memberships.count()}
    return render(request, "rooms/invitations/invitation.html", context)


def _accept(request: Request, access: InvitationAccess) -> HttpResponse:
    if not isinstance(request.user, User):
        return redirect_to_login(request.path)
    try:
        actions.accept_invitation(actor=request.user, invitation=access.invitation)
    except actions.InvitationEnded as error:
        raise NoInvitation from error
    return redirect(access.room)


def _gone(request: Request) -> HttpResponse:
    return render(request, "rooms/invitations/gone.html", status=404)


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def room_invitations(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.CREATE_INVITATIONS)
    form = InvitationForm(request.POST if request.method == "POST" else None)
    status, retry_after = 422 if form.is_bound else 200, ""
    if form.is_valid():
        try:
            actions.create_invitation(actor=access.actor, room=access.room, **form.cleaned_data)
        except RateLimited as error:
            form.add_error(None, error.explain())
            status, retry_after = 429, str(error.retry_after)
        else:
            messages.success(request, _("The invitation is ready: copy its link and send it."))
            return redirect("rooms:room-invitations", slug)
    after = request.GET.get("after")
    key = number_in(after) if after else None
    if after and key is None:
        raise Http404
    page = invitations_page(access, key)
    # A link is made to be sent to somebody: with the host by which the sender knows this site.
    origin = request.build_absolute_uri("/").rstrip("/")
    context = {"room": access.room, "access": access, "form": form, "page": page, "origin": origin}
    response = render(request, "rooms/invitations/room_invitations.html", context, status=status)
    if retry_after:
        response["Retry-After"] = retry_after
    return response


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_revoke(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.CREATE_INVITATIONS)
    found = get_object_or_404(invitations_for(access), pk=pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"room": access.room, "access": access, "invitation": found, "form": form}
        template = "rooms/invitations/invitation_revoke.html"
        return render(request, template, context, status=422 if form.is_bound else 200)
    actions.revoke_invitation(actor=access.actor, invitation=found, reason=form.cleaned_data["reason"])
    messages.success(request, _("Nobody can come by this invitation any more."))
    return redirect("rooms:room-invitations", slug)
