"""What was typed behind a command's name, read word by word in either language."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.db.models import Q, QuerySet
from django.forms import BaseForm
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from eclipse.numbers import number_in
from rooms import access as door
from rooms.access import ChannelAccess, MessageAccess
from rooms.durations import parse
from rooms.models import Category, Channel, Membership, Message
from rooms.models.ban import REASON_LENGTH
from rooms.reasons import ReasonField

from .command import Command, NotDone

Value = TypeVar("Value")
QUOTED = re.compile(r"""(?:"([^"]*)"|“([^”]*)”|«([^»]*)»|„([^“”]*)[“”])(?=\s|$)""")


class Typed:
    """What somebody typed: `rest` is what has not been read yet, `answered` the message that it answers."""

    def __init__(self, access: ChannelAccess, command: Command, rest: str, answered: Message | None) -> None:
        self.access = access
        self.actor = access.actor
        self.room = access.room
        self.channel = access.channel
        self.command = command
        self.rest = rest.strip()
        self.answered = answered

    def misread(self) -> NotDone:
        """How the command is typed, for whoever typed it otherwise."""
        return NotDone(_("Type it as: %(usage)s") % {"usage": " · ".join(map(str, self.command.usages))})

    # --- Words ------------------------------------------------------------------------------------

    def next(self) -> str:
        """The next word, left where it is; empty at the end."""
        return self.rest.split(maxsplit=1)[0] if self.rest else ""

    def word(self) -> str:
        """The next word."""
        word, *rest = self.rest.split(maxsplit=1) or [""]
        self.rest = rest[0] if rest else ""
        return word

    def name(self) -> str:
        """A name: the next word, or several between quotation marks."""
        quoted = QUOTED.match(self.rest)
        if quoted is None:
            name = self.word()
        else:
            name, self.rest = next(filter(None, quoted.groups()), ""), self.rest[quoted.end() :].strip()
        if not name:
            raise self.misread()
        return name

    def text(self) -> str:
        """All that is left, and there is something; the quotation marks around all of it are not meant."""
        quoted = QUOTED.fullmatch(self.rest)
        text = next(filter(None, quoted.groups()), "") if quoted is not None else self.rest
        if not text:
            raise self.misread()
        self.rest = ""
        return text

    def choice(self, words: Mapping[str, Value]) -> Value:
        """What the next word stands for."""
        word = self.word().lower()
        if word not in words:
            raise self.misread()
        return words[word]

    def leading(self, words: Mapping[str, Value], otherwise: Value) -> Value:
        """What the next word stands for, where it is one of these and something follows that it can say it of."""
        word, *rest = self.rest.split(maxsplit=1) or [""]
        return self.choice(words) if word.lower() in words and rest else otherwise

    def options(self, *names: str) -> dict[str, str]:
        """`name:value` for these names, as long as such words come next."""
        found: dict[str, str] = {}
        while (pair := self.next().partition(":"))[1] and pair[0].lower() in names:
            found[pair[0].lower()] = pair[2].lower()
            self.word()
        return found

    def number(self) -> int:
        """A number, with or without the sign for one."""
        number = number_in(self.word().removeprefix("#").removeprefix("№"))
        if number is None:
            raise self.misread()
        return number

    def span(self) -> timedelta | None:
        """How long, where the next word begins as a number."""
        if not re.match("[0-9]", self.next()):
            return None
        word = self.word()
        span = parse(word)
        if span is None:
            # A ban for good because of a typing error would be a hard one.
            raise NotDone(_("“%(word)s” is no length of time: write 10m, 2h, 3d or 1w.") % {"word": word[:40]})
        return span

    def reason(self, *, required: bool = False) -> str:
        """All that is left, as the log keeps it."""
        field = ReasonField(required=required)
        if len(self.rest) > REASON_LENGTH:
            told = ngettext(
                "The reason may have at most %(count)d character.",
                "The reason may have at most %(count)d characters.",
                REASON_LENGTH,
            )
            raise NotDone(told % {"count": REASON_LENGTH})
        if required and not self.rest:
            raise self.misread()
        text, self.rest = self.rest, ""
        return field.clean(text)

    # --- What they stand for ----------------------------------------------------------------------

    def person(self) -> User:
        """Whom the next word names; whoever wrote the message that is answered, where it names nobody."""
        if self.answered is not None and not self.next().startswith("@"):
            if self.answered.author is None:
                raise NotDone(_("The author of this message has no account any more."))
            return self.answered.author
        username = self.word().removeprefix("@")
        if not username:
            raise self.misread()
        found = None
        if "\x00" not in username:
            found = User.objects.filter(username=User.normalize_username(username)).first()
        if found is None:
            raise NotDone(_("There is nobody called @%(name)s.") % {"name": username[:40]})
        return found

    def name_of(self, person: User) -> str:
        """What somebody is called in the room."""
        membership = Membership.objects.filter(room=self.room, user=person).first()
        return (membership.nickname if membership is not None else "") or person.name

    def names_message(self) -> bool:
        """Whether it is about one message: it answers one, or the next word is a number's sign or a link."""
        return self.answered is not None or self.next().startswith(("#", "№", "/", "http://", "https://"))

    def message(self) -> MessageAccess:
        """The message that is answered, or else the one that the next word names: by its number or its link."""
        if self.answered is not None:
            return door.get_message_by_id(self.actor, self.room.slug, self.answered.pk)
        word = self.next()
        if "/" in word:
            self.word()
            return self._message_at(word)
        return door.get_message_by_id(self.actor, self.room.slug, self.number())

    def _message_at(self, address: str) -> MessageAccess:
        try:
            found = resolve(urlsplit(address).path)
        except (Resolver404, ValueError):
            raise self.misread() from None
        if found.view_name != "rooms:message" or found.kwargs["slug"] != self.room.slug:
            raise NotDone(_("This is not the link of a message in this room."))
        return door.get_message(self.actor, self.room.slug, found.kwargs["channel"], found.kwargs["message_id"])

    def named_channel(self) -> Channel:
        """The channel that the next name means, by its address or its name, among those that the person may know of."""
        name = self.name().removeprefix("#")
        known = Channel.objects.known_to(self.access.rank).filter(room=self.room)
        return self._only(known.filter(Q(slug=name.lower()) | Q(name=name)), name)

    def category(self) -> Category:
        """The category that the next name means."""
        name = self.name()
        return self._only(Category.objects.filter(room=self.room, name=name), name)

    def _only(self, found: "QuerySet[Any]", name: str) -> Any:
        several = list(found[:2])
        if not several:
            raise NotDone(_("There is nothing called “%(name)s” in this room.") % {"name": name[:40]})
        if len(several) > 1:
            raise NotDone(_("More than one here is called “%(name)s”.") % {"name": name[:40]})
        several[0].room = self.room
        return several[0]


def checked(form: BaseForm, *names: str) -> dict[str, Any]:
    """What a form makes of values, or these of them; `NotDone` with the first thing that is wrong."""
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        label = form.fields[name].label if name in form.fields else ""
        error = str(errors[0])
        raise NotDone(_("%(field)s: %(error)s") % {"field": label, "error": error} if label else error)
    return {name: form.cleaned_data[name] for name in names or form.cleaned_data}
