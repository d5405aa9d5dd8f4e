"""Members, their roles and names, and the room's rights. Each view: access, validate, act, answer."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import member_required
from accounts.requests import MemberRequest
from eclipse.ratelimit import RateLimited
from rooms import access as door
from rooms import actions, permissions
from rooms.access import RoomAccess
from rooms.actions.roles import matrix_of
from rooms.actions.transfer import may_hand_over
from rooms.calls.acts import voice_standing_of
from rooms.members import Member, member_named
from rooms.models import Timeout
from rooms.moderation.acts import acts_on
from rooms.permissions import Role

from .forms import MatrixForm, NicknameForm, RoleForm, TransferForm
from .matrix import Section, sections


@dataclass(frozen=True)
class MemberAccess:
    """What one person may do to one member, themself included."""

    access: RoomAccess
    member: Member

    @property
    def is_own(self) -> bool:
        return self.member.user == self.access.user

    @property
    def is_below(self) -> bool:
        return not self.is_own and self.access.may_act_on(self.member.membership)

    @property
    def may_change_role(self) -> bool:
        return self.is_below and self.access.may(permissions.MANAGE_ROLES)

    @property
    def may_set_nickname(self) -> bool:
        if self.is_own:
            return self.access.timeout is None
        return self.is_below and self.access.may(permissions.KICK_MEMBERS)

    @property
    def may_hand_over(self) -> bool:
        return self.member.role != Role.CREATOR and may_hand_over(self.access)


def _member(request: HttpRequest, slug: str, username: str, codename: str = permissions.VIEW_MEMBERS) -> MemberAccess:
    """The member called so, for somebody who has this right; whoever looks at themself needs none."""
    own = request.user.is_authenticated and request.user.username == username
    access = door.get_room(request.user, slug, permissions.VIEW_ROOM if own else codename)
    member = member_named(access.room, username)
    if member is None:
        raise Http404
    return MemberAccess(access, member)


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@require_safe
def room_member(request: HttpRequest, slug: str, username: str) -> HttpResponse:
    return _member_page(request, _member(request, slug, username))


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_role(request: MemberRequest, slug: str, username: str) -> HttpResponse:
    found = _member(request, slug, username, permissions.MANAGE_ROLES)
    if not found.may_change_role:
        raise PermissionDenied
    form = RoleForm(_sent(request), initial={"role": found.member.role})
    if not form.is_valid():
        return _member_page(request, found, role_form=form)
    access, member = found.access, found.member
    actions.change_role(actor=access.actor, room=access.room, subject=member.user, **form.cleaned_data)
    messages.success(request, _("The role of %(name)s is changed.") % {"name": member.name})
    return redirect("rooms:room-member", slug, member.user.username)


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_nickname(request: MemberRequest, slug: str, username: str) -> HttpResponse:
    found = _member(request, slug, username, permissions.KICK_MEMBERS)
    if not found.may_set_nickname:
        raise PermissionDenied
    access, member = found.access, found.member
    form = NicknameForm(_sent(request), initial={"nickname": member.nickname}, own=found.is_own)
    if not form.is_valid():
        return _member_page(request, found, nickname_form=form)
    try:
        actions.set_nickname(actor=access.actor, room=access.room, subject=member.user, **form.cleaned_data)
    except RateLimited as error:
        form.add_error("nickname", error.explain())
        response = _member_page(request, found, nickname_form=form)
        response.status_code = 429
        response["Retry-After"] = str(error.retry_after)
        return response
    except actions.FilteredWord as error:
        form.add_error(None, error)
        return _member_page(request, found, nickname_form=form)
    messages.success(request, _("The nickname is saved."))
    return redirect("rooms:room-member", slug, member.user.username)


def _member_page(
    request: HttpRequest,
    found: MemberAccess,
    role_form: RoleForm | None = None,
    nickname_form: NicknameForm | None = None,
) -> HttpResponse:
    access, member = found.access, found.member
    timeout = None
    if found.is_below and access.may(permissions.TIME_OUT_MEMBERS):
        timeout = Timeout.objects.filter(room=access.room, user=member.user).first()
        timeout = timeout if timeout is not None and timeout.is_in_force else None
    if role_form is None and found.may_change_role:
        role_form = RoleForm(initial={"role": member.role}, auto_id="role_%s")
    if nickname_form is None and found.may_set_nickname:
        nickname_form = NicknameForm(initial={"nickname": member.nickname}, own=found.is_own)
    context = {
        "room": access.room,
        "access": access,
        "member": member,
        "found": found,
        "timeout": timeout,
        "acts": [] if found.is_own else acts_on(access, member.membership, muted=timeout is not None),
        "voice": voice_standing_of(access, member.user, member.membership),
        "role_form": role_form,
        "nickname_form": nickname_form,
    }
    wrong = any(form is not None and form.errors for form in (role_form, nickname_form))
    return render(request, "rooms/roles/member.html", context, status=422 if wrong else 200)


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def room_permissions(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.MANAGE_ROLES)
    form = MatrixForm(_sent(request), access=access, matrix=matrix_of(access.room))
    if not form.is_valid():
        return _matrix_page(request, access, form, sections(access, form.shown()), 422 if form.is_bound else 200)
    try:
        actions.edit_matrix(actor=access.actor, room=access.room, matrix=form.matrix(), was=form.was())
    except actions.MatrixChanged as error:
        fresh = MatrixForm(None, access=access, matrix=error.now)
        lines = sections(access, form.merged(error.now), form.news(error.now))
        return _matrix_page(request, access, fresh, lines, 409, error.explain())
    messages.success(request, _("The permissions are saved. They hold from now on, on every open page too."))
    return redirect("rooms:room-permissions", slug)


def _matrix_page(
    request: MemberRequest, access: RoomAccess, form: MatrixForm, lines: list[Section], status: int, refusal: str = ""
) -> HttpResponse:
    context = {"room": access.room, "access": access, "form": form, "sections": lines, "refusal": refusal}
    return render(request, "rooms/roles/permissions.html", context, status=status)


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def room_transfer(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.TRANSFER_ROOM)
    if not may_hand_over(access):
        raise actions.CreatorDecides
    form = TransferForm(_sent(request), room=access.room, initial={"to": request.GET.get("to", "")})
    if not form.is_valid():
        context = {"room": access.room, "access": access, "form": form}
        return render(request, "rooms/roles/transfer.html", context, status=422 if form.is_bound else 200)
    heir, reason = form.cleaned_data["to"], form.cleaned_data["reason"]
    actions.transfer_room(actor=access.actor, room=access.room, subject=heir, reason=reason)
    messages.success(request, _("%(room)s is %(name)s’s room now.") % {"room": access.room.name, "name": heir.name})
    return redirect("rooms:room-member", slug, heir.username)


def creator_stays(request: MemberRequest, access: RoomAccess) -> HttpResponse:
    """What the creator is told who wants to leave: the two ways to do it."""
    return render(request, "rooms/roles/creator_stays.html", {"room": access.room, "access": access}, status=409)
