"""The page of a room's games, with forms that work without JavaScript."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import member_required
from accounts.requests import MemberRequest
from rooms import access as door
from rooms import actions, permissions
from rooms.access import RoomAccess
from rooms.actions.game_tags import MOST_TAGS
from rooms.models import GameTag

from .forms import GameTagForm
from .games import game_called, tags_of
from .search import LONGEST_QUERY, games_matching, understood

# What a search offers: whoever does not find it among these types more of its name.
MOST_OFFERED = 12


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def room_tags(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.EDIT_GAME_TAGS)
    if request.method != "POST":
        return _page(request, access, query=understood(request.GET.get("q", "")))
    form = GameTagForm(request.POST)
    if not form.is_valid():
        return _page(request, access, form=form, query=understood(request.POST.get("name", "")))
    name = form.cleaned_data["name"]
    try:
        game = actions.add_game_tag(actor=access.actor, room=access.room, name=name)
    except (actions.TooManyTags, actions.TooManyProposals) as error:
        form.add_error("name", error.explain())
        return _page(request, access, form=form, query=name)
    if game.is_approved:
        messages.success(request, _("People find the room by “%(game)s” now.") % {"game": game.name})
    else:
        messages.success(request, _("“%(game)s” waits until the site’s staff have looked at it.") % {"game": game.name})
    return redirect("rooms:room-tags", slug=slug)


@member_required
@require_POST
def room_tag_remove(request: MemberRequest, slug: str, tag_id: int) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.EDIT_GAME_TAGS)
    tag = get_object_or_404(GameTag, pk=tag_id, rooms=access.room)
    actions.remove_game_tag(actor=access.actor, room=access.room, tag=tag)
    messages.success(request, _("“%(game)s” is removed.") % {"game": tag.name})
    return redirect("rooms:room-tags", slug=slug)


def _page(
    request: MemberRequest, access: RoomAccess, *, query: str = "", form: GameTagForm | None = None
) -> HttpResponse:
    approved, waiting = tags_of(access.room)
    has = {*approved, *waiting}
    form = form or GameTagForm()
    called = game_called(query) if query else None
    # What is typed may be proposed where no game is called so, or only one that another room has proposed.
    to_propose = query if called is None or not (called.is_approved or called in has) else ""
    context = {
        "room": access.room,
        "access": access,
        "approved": approved,
        "waiting": waiting,
        "full": len(has) >= MOST_TAGS,
        "most": MOST_TAGS,
        "query": query,
        "longest_query": LONGEST_QUERY,
        "offered": [game for game in games_matching(query) if game not in has][:MOST_OFFERED] if query else [],
        "has_it": called in has,
        "to_propose": to_propose,
        "form": form,
    }
    return render(request, "rooms/discovery/room_tags.html", context, status=422 if form.errors else 200)
