"""The HTTP edge of a room's settings, its channels and its end. Each view: access, validate, act, answer."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import member_required
from accounts.requests import MemberRequest
from eclipse.numbers import number_in
from rooms import access as door
from rooms import actions, icons, permissions
from rooms.access import RoomAccess
from rooms.actions.rooms import LOBBY_SLUG
from rooms.models import Channel
from rooms.models.channel import ChannelKind

from .forms import CategoryForm, ChannelForm, ConfirmForm, IconForm, RoomSettingsForm
from .ordering import Group, category_in, category_step, channel_in, groups_of, place_above, place_below

form_page = require_http_methods(["GET", "HEAD", "POST"])


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _page(request: HttpRequest, template: str, access: RoomAccess, status: int = 200, **context: Any) -> HttpResponse:
    context |= {"room": access.room, "access": access}
    return render(request, f"rooms/settings/{template}.html", context, status=status)


def _form_page(request: HttpRequest, template: str, access: RoomAccess, form: Any, **context: Any) -> HttpResponse:
    """The page with what was typed still in it, and what is wrong said beside it."""
    return _page(request, template, access, status=422 if form.is_bound else 200, form=form, **context)


# --- The room -----------------------------------------------------------------------------------


@member_required
@form_page
def room_settings(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.EDIT_ROOM)
    form = RoomSettingsForm(_sent(request), room=access.room)
    if form.is_valid():
        try:
            room = actions.edit_room(actor=access.actor, room=access.room, **form.cleaned_data)
        except actions.SlugTaken:
            form.add_error("slug", _("Another room has this address."))
        except actions.FilteredWord as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The room is changed."))
            return redirect("rooms:room-settings", room.slug)
    return _form_page(request, "room", access, form, icon_form=IconForm())


@member_required
@require_POST
def room_icon(request: MemberRequest, slug: str) -> HttpResponse:
    """A new picture, or with `remove` none any more."""
    access = door.get_room(request.user, slug, permissions.EDIT_ROOM)
    if "remove" in request.POST:
        actions.remove_room_icon(actor=access.actor, room=access.room)
        messages.success(request, _("The picture is removed."))
        return redirect("rooms:room-settings", slug)
    icon_form = IconForm(request.POST, request.FILES)
    if not icon_form.is_valid():
        form = RoomSettingsForm(room=access.room)
        return _page(request, "room", access, status=422, form=form, icon_form=icon_form)
    actions.set_room_icon(actor=access.actor, room=access.room, icon=icon_form.cleaned_data["icon"])
    messages.success(request, _("The picture is changed."))
    return redirect("rooms:room-settings", slug)


@require_safe
def icon_file(request: HttpRequest, name: str) -> HttpResponse:
    """A room's picture. Its name is what it holds: whoever knows it has seen it, and it never changes."""
    content = icons.read(name)
    if content is None:
        raise Http404
    return HttpResponse(
        content, content_type="image/webp", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )


@member_required
@form_page
def room_delete(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.DELETE_ROOM)
    form = ConfirmForm(_sent(request), name=access.room.name)
    if form.is_valid():
        try:
            actions.delete_room(actor=access.actor, room=access.room, reason=form.cleaned_data["reason"])
        except actions.LobbyStays:
            form.add_error(None, _("Everybody arrives in the lobby: it cannot be deleted."))
        else:
            messages.success(
                request, _("%(room)s is deleted. For seven days you can restore it.") % {"room": access.room.name}
            )
            return redirect("home")
    return _form_page(request, "room_delete", access, form, is_lobby=access.room.slug == LOBBY_SLUG)


@member_required
@form_page
def room_restore(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_deleted_room(request.user, slug)
    if request.method == "POST":
        room = actions.restore_room(actor=access.actor, room=access.room)
        messages.success(request, _("The room is back."))
        return redirect(room)
    return _page(request, "room_restore", access)


# --- Channels -----------------------------------------------------------------------------------


@member_required
@require_safe
def room_channels(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.MANAGE_CHANNELS)
    return _page(request, "channels", access, groups=groups_of(access), moved=request.GET.get("moved", ""))


@member_required
@form_page
def channel_create(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.MANAGE_CHANNELS)
    asked = request.GET.get("kind", "")
    kind = asked if asked in ChannelKind else ChannelKind.TEXT
    form = ChannelForm(_sent(request), room=access.room, kind=kind)
    if form.is_valid():
        try:
            actions.create_channel(actor=access.actor, room=access.room, kind=kind, **form.cleaned_data)
        except actions.SlugTaken:
            form.add_error("slug", _("Another channel of this room has this address."))
        except actions.TooMany as error:
            form.add_error(None, _("A room has at most %(most)d channels.") % {"most": error.most})
        except actions.FilteredWord as error:
            form.add_error(None, error)
        else:
            return redirect("rooms:room-channels", slug)
    return _form_page(request, "channel_new", access, form, kind=kind)


@member_required
@form_page
def channel_edit(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    access = door.get_any_channel_by_id(request.user, slug, channel_id, permissions.MANAGE_CHANNELS)
    form = ChannelForm(_sent(request), room=access.room, channel=access.channel)
    if form.is_valid():
        try:
            actions.edit_channel(actor=access.actor, channel=access.channel, **form.cleaned_data)
        except actions.SlugTaken:
            form.add_error("slug", _("Another channel of this room has this address."))
        except actions.LastChannel:
            form.add_error("audience", LAST_CHANNEL)
        except actions.FilteredWord as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The channel is changed."))
            return redirect("rooms:room-channels", slug)
    return _form_page(request, "channel", access, form, channel=access.channel)


@member_required
@form_page
def channel_delete(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    access = door.get_any_channel_by_id(request.user, slug, channel_id, permissions.DELETE_CHANNELS)
    channel: Channel = access.channel
    form = ConfirmForm(_sent(request), name=channel.name)
    if form.is_valid():
        try:
            actions.delete_channel(actor=access.actor, channel=channel, reason=form.cleaned_data["reason"])
        except actions.LastChannel:
            form.add_error(None, LAST_CHANNEL)
        else:
            messages.success(request, _("The channel %(channel)s is deleted.") % {"channel": channel.name})
            return redirect(_after_deletion(access))
    count = channel.messages.filter(deleted_at=None).count()
    return _form_page(request, "channel_delete", access, form, channel=channel, count=count)


LAST_CHANNEL = gettext_lazy("It is the room's last text channel that everybody sees: a room needs one.")


def _after_deletion(access: RoomAccess) -> str:
    """Whoever may delete channels need not be one who may open their list."""
    if access.may(permissions.MANAGE_CHANNELS):
        return reverse("rooms:room-channels", args=[access.room.slug])
    return access.room.get_absolute_url()


@member_required
@require_POST
def channels_order(request: MemberRequest, slug: str) -> HttpResponse:
    """One step up or down (`up`, `down`: a channel's id), or to a place (`channel`, `category`, `before`).

    Categories move by `category_up` and `category_down`. What is at the end already stays there.
    """
    access = door.get_room(request.user, slug, permissions.MANAGE_CHANNELS)
    groups = groups_of(access)
    moved = ""
    for name in ("up", "down", "category_up", "category_down"):
        if name in request.POST:
            number = _number(request.POST.get(name, ""))
            _step(access, groups, name, number)
            moved = f"{name}-{number}"
    if "channel" in request.POST:
        _drop(access, groups, request.POST)
    return redirect(f"{reverse('rooms:room-channels', args=[slug])}{f'?moved={moved}' if moved else ''}")


def _step(access: RoomAccess, groups: list[Group], name: str, number: int) -> None:
    if name.startswith("category_"):
        step = category_step(groups, number, up=name == "category_up")
        if step is not None:
            category, before = step
            actions.move_category(actor=access.actor, category=category, before=before)
        return
    channel = channel_in(groups, number)
    place = (place_above if name == "up" else place_below)(groups, channel.pk)
    if place is not None:
        actions.move_channel(actor=access.actor, channel=channel, category=place.category, before=place.before)


def _drop(access: RoomAccess, groups: list[Group], sent: QueryDict) -> None:
    channel = channel_in(groups, _number(sent.get("channel", "")))
    under, above = sent.get("category"), sent.get("before")
    category = category_in(groups, _number(under)) if under else None
    before = channel_in(groups, _number(above)) if above else None
    actions.move_channel(actor=access.actor, channel=channel, category=category, before=before)


def _number(text: str) -> int:
    number = number_in(text)
    if number is None:
        raise Http404
    return number


# --- Categories ---------------------------------------------------------------------------------


@member_required
@form_page
def category_create(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.MANAGE_CHANNELS)
    form = CategoryForm(_sent(request))
    if form.is_valid():
        try:
            actions.create_category(actor=access.actor, room=access.room, name=form.cleaned_data["name"])
        except actions.TooMany as error:
            form.add_error(None, _("A room has at most %(most)d categories.") % {"most": error.most})
        except actions.FilteredWord as error:
            form.add_error(None, error)
        else:
            return redirect("rooms:room-channels", slug)
    return _form_page(request, "category_new", access, form)


@member_required
@form_page
def category_edit(request: MemberRequest, slug: str, category_id: int) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.MANAGE_CHANNELS)
    category = category_in(groups_of(access), category_id)
    form = CategoryForm(_sent(request), category=category)
    if form.is_valid():
        try:
            actions.edit_category(actor=access.actor, category=category, name=form.cleaned_data["name"])
        except actions.FilteredWord as error:
            form.add_error(None, error)
        else:
            return redirect("rooms:room-channels", slug)
    return _form_page(request, "category", access, form, category=category)


@member_required
@require_POST
def category_delete(request: MemberRequest, slug: str, category_id: int) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.MANAGE_CHANNELS)
    groups = groups_of(access)
    category = category_in(groups, category_id)
    count = sum(len(group.channels) for group in groups if group.category == category)
    actions.delete_category(actor=access.actor, category=category)
    messages.success(
        request,
        ngettext(
            "The category %(category)s is gone; its channel stays.",
            "The category %(category)s is gone; its channels stay.",
            count,
        )
        % {"category": category.name},
    )
    return redirect("rooms:room-channels", slug)
