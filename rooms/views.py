"""The HTTP edge of rooms: pages, and forms that work without JavaScript. Each view: access, validate, act, answer."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import member_required
from accounts.requests import MemberRequest
from eclipse import ratelimit
from eclipse.errors import rate_limited
from eclipse.numbers import number_in
from eclipse.ratelimit import RateLimited
from eclipse.requests import Request
from rooms import access as door
from rooms import actions, permissions, push, slash, timeline
from rooms.access import ChannelAccess, RoomAccess
from rooms.discovery.listing import Question, rooms_page
from rooms.discovery.search import LONGEST_QUERY
from rooms.forms import MessageForm, RoomForm
from rooms.members import members_of
from rooms.models import Channel, Message, ReadMark
from rooms.moderation.acts import acts_on_author
from rooms.roles.forms import SearchForm
from rooms.roles.views import creator_stays
from rooms.unread import channels_with_unread
from rooms.voice_access import VoiceAccess, get_voice_channel
from voice.roster import call_rosters

# A page that missed more than this is better off loading anew than being patched.
MOST_CHANGES = 200


@require_safe
def home(request: Request) -> HttpResponse:
    if request.user.is_authenticated:
        deleted = door.restorable_rooms(request.user).order_by("-deleted_at")
        return render(request, "home.html", {"deleted_rooms": deleted})
    return render(request, "home.html", {"public_rooms": rooms_page(request.user).rooms})


@require_safe
def room_list(request: Request) -> HttpResponse:
    asked = request.GET
    question = Question.of(asked.get("q", ""), asked.get("tag", ""), asked.get("sort", ""))
    page = rooms_page(request.user, question, after=asked.get("after", ""))
    return render(request, "rooms/room_list.html", {"page": page, "longest_query": LONGEST_QUERY})


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def room_create(request: MemberRequest) -> HttpResponse:
    form = RoomForm(_sent(request))
    if form.is_valid():
        try:
            room = actions.create_room(actor=request.user, **form.cleaned_data)
        except RateLimited as error:
            form.add_error(None, error.explain())
            return _too_fast(render(request, "rooms/room_form.html", {"form": form}), error)
        return redirect(room)
    return render(request, "rooms/room_form.html", {"form": form}, status=422 if form.errors else 200)


def _sent(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, were it nothing; `None` where the form is only asked for."""
    return request.POST if request.method == "POST" else None


def _too_fast(response: HttpResponse, error: RateLimited) -> HttpResponse:
    response.status_code = 429
    response["Retry-After"] = str(error.retry_after)
    return response


@require_safe
def room(request: Request, slug: str) -> HttpResponse:
    access = door.get_first_channel(request.user, slug)
    return redirect(access.channel)


@member_required
@require_POST
def room_join(request: Request, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, None)
    try:
        actions.join_room(actor=access.actor, room=access.room)
    except RateLimited as error:
        return rate_limited(request, error)
    return redirect(access.room)


@member_required
@require_POST
def room_leave(request: MemberRequest, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug)
    try:
        actions.leave_room(actor=access.actor, room=access.room)
    except actions.CreatorStays:
        return creator_stays(request, access)
    messages.success(request, _("You left %(room)s.") % {"room": access.room.name})
    return redirect("home")


@require_safe
def room_members(request: Request, slug: str) -> HttpResponse:
    access = door.get_room(request.user, slug, permissions.VIEW_MEMBERS)
    search, after = SearchForm(request.GET).search, request.GET.get("after", "")
    context = {
        "room": access.room,
        "access": access,
        "members": members_of(access.room, access.user.pk, search=search, after=after),
        "search": search,
        "after": after,
    }
    return render(request, "rooms/members.html", context)


@require_safe
def room_sidebar(request: Request, slug: str) -> HttpResponse:
    """The two sidebars and the members as they are now: a page asks for them when its connection comes back.

    Of a text channel also what its reader may do in it; `?standing` asks for that and what hangs on it alone.
    """
    access = door.get_room(request.user, slug)
    current = request.GET.get("channel", "")
    context = _room_context(access) | {"whole": "standing" not in request.GET}
    channel = next((each for each in context["channels"] if str(each.pk) == current), None)
    if channel is not None:
        access = door.in_channel(access, channel)
        context |= {"access": access, "composer": _composer(request, access), "standing": not channel.is_voice}
    return render(request, "rooms/_sidebar.html", context | {"channel": channel})


def _room_context(access: RoomAccess) -> dict[str, Any]:
    query = Channel.objects.known_to(access.rank).filter(room=access.room).select_related("category")
    channels = channels_with_unread(query, access.actor) if access.is_member else list(query)
    for each in channels:
        # Its address is the room's, too: without this, a query for each.
        each.room = access.room
    if access.may_view_members:
        call_rosters(channels)
    return {
        "room": access.room,
        "access": access,
        "channels": channels,
        # Looked up only where they are shown.
        "members": SimpleLazyObject(lambda: members_of(access.room, access.user.pk) if access.may_view_members else []),
    }


@require_safe
def channel(request: Request, slug: str, channel: str) -> HttpResponse:
    try:
        access = door.get_channel(request.user, slug, channel)
    except Http404:
        return _voice_page(request, get_voice_channel(request.user, slug, channel, permissions.VIEW_ROOM))
    if request.htmx and "reply" in request.GET:
        return render(request, "rooms/_composer_reply.html", {"channel": access.channel} | _composer(request, access))
    before, after = _message_id(request, "before"), _message_id(request, "after")
    if before is not None:
        page = timeline.before(access.channel, before)
    elif after is not None:
        page = timeline.after(access.channel, after)
    else:
        page = timeline.latest(access.channel)
    if request.htmx and (before is not None or after is not None):
        side = "older" if before is not None else "newer"
        return render(request, "rooms/_history.html", _page_context(access, page) | {"side": side})
    return _channel_page(request, access, page)


@require_safe
def message(request: Request, slug: str, channel: str, message_id: int) -> HttpResponse:
    """The permalink: the page of history around one message."""
    access = door.get_message(request.user, slug, channel, message_id)
    return _channel_page(request, access, timeline.around(access.channel, message_id), target=access.message)


def _message_id(request: Request, name: str) -> int | None:
    """A message's id from the query string; nonsense is a page that does not exist."""
    text = request.GET.get(name)
    if not text:
        return None
    number = number_in(text)
    if number is None:
        raise Http404
    return number


def _page_context(access: ChannelAccess, page: timeline.Page, read_until: int | None = None) -> dict[str, Any]:
    entries = page.entries if read_until is None else page.entries_since(read_until, access.user.pk)
    return {"room": access.room, "channel": access.channel, "access": access, "page": page, "entries": entries}


def _channel_page(
    request: Request, access: ChannelAccess, page: timeline.Page, target: Message | None = None
) -> HttpResponse:
    read_until = None
    if access.is_member:
        read_until = _read_until(access)
        # Somebody opened the end of the channel: without JavaScript this is all there is to tell reading by.
        # A browser that fetches a page in case it is wanted has not shown it to anybody.
        opened = request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "")
        if opened and not page.has_newer and page.last_id > read_until:
            actions.mark_read(actor=access.actor, channel=access.channel, message_id=page.last_id)
    context = _page_context(access, page, read_until) | _room_context(access)
    context |= {"target": target, "composer": _composer(request, access)}
    return render(request, "rooms/channel.html", context)


def _voice_page(request: Request, access: VoiceAccess) -> HttpResponse:
    context = _room_context(access)
    # The one that knows who is in it, where the person may see that.
    current = next((each for each in context["channels"] if each.pk == access.channel.pk), access.channel)
    return render(request, "voice/channel.html", context | {"channel": current})


def _read_until(access: ChannelAccess) -> int:
    mark = ReadMark.objects.filter(user=access.actor, channel=access.channel).first()
    return mark.message_id if mark else 0


def _composer(request: Request, access: ChannelAccess) -> dict[str, Any]:
    """What `_composer.html` shows to begin with: a fresh form, answering a message where `?reply=` names one."""
    if not access.may_send:
        return {}
    return {"client_id": uuid.uuid4(), "reply_to": _answered(access, _message_id(request, "reply"))}


def _answered(access: ChannelAccess, message_id: int | None) -> Message | None:
    return timeline.answerable(access.channel, message_id) if message_id is not None else None


@member_required
@require_POST
def message_create(request: Request, slug: str, channel: str) -> HttpResponse:
    access = door.get_channel(request.user, slug, channel, permissions.SEND_MESSAGES)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _composer_again(request, access, form)
    if slash.is_command(form.cleaned_data["body"]):
        return _run_command(request, access, form)
    try:
        posted = actions.post_message(
            actor=access.actor,
            channel=access.channel,
            body=slash.unescaped(form.cleaned_data["body"]),
            client_id=form.cleaned_data["client_id"],
            reply_to=form.cleaned_data["reply_to"],
        )
    except RateLimited as error:
        form.add_error("body", error.explain())
        return _too_fast(_composer_again(request, access, form), error)
    except actions.FilteredWord as error:
        form.add_error("body", error)
        return _composer_again(request, access, form)
    except actions.NothingToAnswer:
        form.add_error(None, _("The message that you answer was deleted. Send once more to send yours without it."))
        return _composer_again(request, access, form)
    except actions.AlreadySent:
        # The browser brought the form of a sent message back: what was written into it since is a message of its own.
        form.cleaned_data["client_id"] = None
        form.add_error(None, _("Another message was sent from this form already. Send once more to send this one."))
        return _composer_again(request, access, form, status=409)
    if not request.htmx:
        return redirect(f"{access.channel.get_absolute_url()}#message-{posted.pk}")
    if request.headers.get("Prefer") == "return=minimal":
        # RFC 7240: our page has emptied its composer itself and goes on typing in it (static/js/composer.js).
        response = HttpResponse(status=204, headers={"Preference-Applied": "return=minimal"})
    else:
        context = {"room": access.room, "channel": access.channel, "access": access}
        context["composer"] = _composer(request, access)
        response = render(request, "rooms/_composer.html", context)
    # The page looks whether its socket brought the message, and asks for it if not.
    response["HX-Trigger"] = f'{{"message:posted": {{"seq": {posted.changed_seq}}}}}'
    return response


def _run_command(request: Request, access: ChannelAccess, form: MessageForm) -> HttpResponse:
    """Do what was typed behind a slash; what was not done stays in the composer, with the reason."""
    answering = _answered(access, form.cleaned_data["reply_to"])
    try:
        ratelimit.spend("messages", access.actor.pk)
        if form.cleaned_data["reply_to"] is not None and answering is None:
            raise slash.NotDone(_("The message that you answer was deleted. Send once more to do it without it."))
        done = slash.run(access, form.cleaned_data["body"], answering)
    except RateLimited as error:
        form.add_error("body", error.explain())
        return _too_fast(_composer_again(request, access, form), error)
    except slash.NotDone as error:
        form.add_error("body", str(error))
        return _composer_again(request, access, form)
    link = request.build_absolute_uri(done.link) if done.link else ""
    if not request.htmx:
        messages.success(request, f"{done.words} {link}".strip())
        if done.commands:
            return redirect("rooms:channel-commands", access.room.slug, access.channel.slug)
        return redirect(done.leads_to or access.channel)
    context = {"room": access.room, "channel": access.channel, "access": access, "done": done, "link": link}
    if request.headers.get("Prefer") == "return=minimal":
        response = render(request, "rooms/_command_done.html", context)
        response["Preference-Applied"] = "return=minimal"
    else:
        response = render(request, "rooms/_composer.html", context | {"composer": _composer(request, access)})
    if done.leads_to:
        response["HX-Redirect"] = done.leads_to
    return response


@member_required
@require_safe
def channel_commands(request: Request, slug: str, channel: str) -> HttpResponse:
    """What somebody may type here behind a slash; to the page's script, what it shows above the message field."""
    access = door.get_channel(request.user, slug, channel, permissions.SEND_MESSAGES)
    context = {"room": access.room, "channel": access.channel, "access": access}
    context["commands"] = slash.commands_for(access)
    return render(request, "rooms/_commands.html" if request.htmx else "rooms/commands.html", context)


def _composer_again(request: Request, access: ChannelAccess, form: MessageForm, status: int = 422) -> HttpResponse:
    """The composer with what was typed still in it and what is wrong said beside it."""
    if any(field.errors for field in form.hidden_fields()):
        form.add_error(None, _("Something in this form was damaged. Your text is kept: send it again."))
    composer = {
        "form": form,
        "client_id": form.cleaned_data.get("client_id") or uuid.uuid4(),
        "reply_to": _answered(access, form.cleaned_data.get("reply_to")),
    }
    if request.htmx:
        context = {"channel": access.channel, "room": access.room, "access": access, "composer": composer}
        return render(request, "rooms/_composer.html", context, status=status)
    page = timeline.latest(access.channel)
    context = _page_context(access, page) | _room_context(access) | {"target": None, "composer": composer}
    return render(request, "rooms/channel.html", context, status=status)


@require_safe
def message_menu(request: Request, slug: str, channel: str, message_id: int) -> HttpResponse:
    access = door.get_message(request.user, slug, channel, message_id)
    template = "rooms/_message_menu.html" if request.htmx else "rooms/message_menu.html"
    context = {
        "room": access.room,
        "access": access,
        "message": access.message,
        "acts": acts_on_author(access),
    }
    return render(request, template, context)


@member_required
@require_http_methods(["GET", "HEAD", "POST"])
def message_edit(request: Request, slug: str, channel: str, message_id: int) -> HttpResponse:
    access = door.get_message(request.user, slug, channel, message_id).to_edit()
    form = MessageForm(_sent(request), initial={"body": access.message.body})
    context = {
        "room": access.room,
        "channel": access.channel,
        "access": access,
        "message": access.message,
        "form": form,
    }
    template = "rooms/_message_edit.html" if request.htmx else "rooms/message_edit.html"
    if not form.is_valid():
        return render(request, template, context, status=422 if form.is_bound else 200)
    try:
        message = actions.edit_message(actor=access.actor, message=access.message, body=form.cleaned_data["body"])
    except RateLimited as error:
        form.add_error("body", error.explain())
        return _too_fast(render(request, template, context), error)
    except actions.FilteredWord as error:
        form.add_error("body", error)
        return render(request, template, context, status=422)
    return answer_change(request, message)


def answer_change(request: Request, message: Message) -> HttpResponse:
    """The same envelope that every open page gets; the channel's page where there is no script to take it."""
    if request.htmx:
        return HttpResponse(push.message_envelope(push.change_event(message), message))
    return redirect(message)


@require_safe
def message_changes(request: Request, slug: str, channel: str) -> HttpResponse:
    """Every message changed after `?after=<seq>`, as the envelopes that the socket would have brought."""
    access = door.get_channel(request.user, slug, channel)
    after = _message_id(request, "after")
    if after is None:
        raise Http404
    changes = timeline.changed_after(access.channel, after, MOST_CHANGES)
    envelopes = [push.message_envelope(push.change_event(each), each) for each in changes.messages]
    envelopes.append(push.caught_up_envelope(access.channel.pk, changes.seq, more=changes.more))
    return HttpResponse("".join(envelopes))


@member_required
@require_POST
def channel_read(request: Request, slug: str, channel: str) -> HttpResponse:
    access = door.get_channel(request.user, slug, channel)
    number = number_in(request.POST.get("message", ""))
    if number is None:
        return HttpResponse(status=422)
    actions.mark_read(actor=access.actor, channel=access.channel, message_id=number)
    return HttpResponse(status=204)
