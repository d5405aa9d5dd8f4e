"""The forms of roles, rights, nicknames and of handing a room over."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from eclipse.text import tidy
from rooms import permissions
from rooms.access import RoomAccess
from rooms.actions.roles import CHANGEABLE, PLANNED, may_change
from rooms.members import LONGEST_SEARCH
from rooms.models import Membership, Room
from rooms.permissions import Role
from rooms.reasons import ReasonForm

from .matrix import News


class SearchForm(forms.Form):
    """Whom to look for among the members."""

    q = forms.CharField(required=False, max_length=LONGEST_SEARCH)

    @property
    def search(self) -> str:
        """What to look for; nothing where it is nonsense, which finds nobody anyway."""
        return tidy(self.cleaned_data["q"]) if self.is_valid() else ""


class RoleForm(ReasonForm):
    """The role that a member is given."""

    role = forms.ChoiceField(
        label=_("Role"), choices=[(role.value, role.label) for role in CHANGEABLE], widget=forms.RadioSelect
    )
    field_order = ["role", "reason"]

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class NicknameForm(ReasonForm):
    """What somebody is called in one room."""

    nickname = forms.CharField(
        label=_("Nickname"),
        required=False,
        max_length=Membership._meta.get_field("nickname").max_length,
        help_text=_("In this room only. Empty: the own name."),
        # Whoever is asked by the browser to fill in a name would be offered their real one.
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["nickname", "reason"]

    def __init__(self, *args: Any, own: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if own:
            # Nobody asks why.
            del self.fields["reason"]

    def clean_nickname(self) -> str:
        nickname = tidy(self.cleaned_data["nickname"])
        for validate in Membership._meta.get_field("nickname").validators:
            validate(nickname)
        return nickname


class TransferForm(ReasonForm):
    """To whom a room is handed over, with the room's name typed, so that no slip of the thumb does it."""

    to = forms.CharField(
        label=_("Username of the new creator"),
        max_length=User._meta.get_field("username").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    confirmation = forms.CharField(
        label=_("Name of the room"), widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    field_order = ["to", "confirmation", "reason"]

    def __init__(self, *args: Any, room: Room, **options: Any) -> None:
        super().__init__(*args, **options)
        self.room = room
        self.fields["confirmation"].help_text = _("Type it to confirm: %(name)s") % {"name": room.name}

    def clean_to(self) -> User:
        username = User.normalize_username(self.cleaned_data["to"].removeprefix("@"))
        membership = (
            Membership.objects.select_related("user")
            .filter(room=self.room, user__username=username, user__is_active=True)
            .first()
        )
        if membership is None:
            raise forms.ValidationError(_("No member of this room has this username."))
        if membership.role == Role.CREATOR:
            raise forms.ValidationError(_("Name somebody else."))
        return membership.user

    def clean_confirmation(self) -> str:
        confirmation = self.cleaned_data["confirmation"]
        if tidy(confirmation) != tidy(self.room.name):
            raise forms.ValidationError(_("This is not the room's name."))
        return confirmation


class MatrixForm(forms.Form):
    """What moderators and members may do: `moderator` and `user` are lists of codenames.

    `was_moderator` and `was_user` tell from what the page was made, codenames with spaces between them: what somebody
    else decided since then, the page knows nothing of.
    """

    def __init__(self, sent: QueryDict | None, *, access: RoomAccess, matrix: Mapping[Role, frozenset[str]]):
        super().__init__(sent)
        self.sent, self.access, self.current = sent, access, matrix
        for role in CHANGEABLE:
            self.fields[role.value] = forms.MultipleChoiceField(
                label=role.label,
                required=False,
                choices=list(permissions.LABELS.items()),
                error_messages={"invalid_choice": _("There is no right called “%(value)s”.")},
            )

    def shown(self) -> dict[Role, frozenset[str]]:
        """The boxes that stand checked: what was sent, where something was, and what is so otherwise."""
        if self.sent is None:
            return {role: self.current[role] for role in CHANGEABLE}
        return {role: self._answer(role, self.sent.getlist(role.value)) for role in CHANGEABLE}

    def matrix(self) -> dict[Role, frozenset[str]]:
        """What is asked for, checked."""
        return {role: self._answer(role, self.cleaned_data[role.value]) for role in CHANGEABLE}

    def was(self) -> dict[Role, frozenset[str]]:
        """From what the page was made; one that does not tell was made from nothing."""
        if self.sent is None:
            return {role: self.current[role] for role in CHANGEABLE}
        return {role: frozenset(self.sent.get(f"was_{role.value}", "").split()) for role in CHANGEABLE}

    def was_told(self) -> dict[str, str]:
        """`was` as the page tells it, by the fields' names."""
        return {f"was_{role.value}": " ".join(sorted(codenames)) for role, codenames in self.was().items()}

    def merged(self, now: Mapping[Role, frozenset[str]]) -> dict[Role, frozenset[str]]:
        """What is so now, and on top of it what was changed on this page."""
        was, asked = self.was(), self.matrix()
        return {role: (now[role] - (was[role] - asked[role])) | (asked[role] - was[role]) for role in CHANGEABLE}

    def news(self, now: Mapping[Role, frozenset[str]]) -> News:
        """What somebody else decided since the page was made."""
        was = self.was()
        return {role: {each: each in now[role] for each in was[role] ^ now[role]} for role in CHANGEABLE}

    def _answer(self, role: Role, sent: list[str]) -> frozenset[str]:
        """A box that this person cannot change, or is not offered, is not sent by browsers: it stays as it is."""
        held = self.current[role]
        kept = {each for each in held if each in PLANNED or not may_change(self.access, role, each)}
        return frozenset(sent) | kept
