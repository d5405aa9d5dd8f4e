"""What the site's staff see of rooms: all of it to look at, and to change only what no room can do for itself."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import StaffAdmin
from accounts.models import User
from eclipse.folding import look
from rooms import actions
from rooms.actions.rooms import LOBBY_SLUG
from rooms.actions.transfer import acting_creator
from rooms.discovery.games import game_called
from rooms.models import (
    AuditEntry,
    Ban,
    Channel,
    GameTag,
    Invitation,
    Membership,
    Message,
    Report,
    Room,
    Timeout,
    VoiceSanction,
)
from rooms.permissions import Role


def staff_of(request: HttpRequest) -> User:
    """Who asks: the admin has let nobody in who is not logged in."""
    assert isinstance(request.user, User)
    return request.user


class ReadOnlyAdmin(StaffAdmin):
    """To look at and nothing else, for superusers too."""

    actions: Sequence[str] | None = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Room)
class RoomAdmin(ReadOnlyAdmin):
    list_display = ["name", "slug", "visibility", "creator", "member_count", "active_at", "deleted_at"]
    list_filter = ["visibility", ("deleted_at", admin.EmptyFieldListFilter), "tags"]
    list_select_related = ["creator"]
    search_fields = ["name", "slug", "words"]
    search_help_text = gettext_lazy("Name, address or description.")
    ordering = ["-active_at", "-pk"]
    fields = [
        "name", "slug", "description", "visibility", "guests_may_read", "creator", "tags", "created_at", "active_at",
        "deleted_at",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).annotate(members_counted=Count("memberships"))

    @admin.display(description=gettext_lazy("members"), ordering="members_counted")
    def member_count(self, room: Any) -> int:
        return room.members_counted


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    list_display = ["name", "room", "kind", "audience", "is_locked", "slow_mode"]
    list_filter = ["kind", "audience", "is_locked"]
    list_select_related = ["room"]
    search_fields = ["name", "room__name", "room__slug"]


class MembershipForm(forms.ModelForm):
    """A role that staff may give where no creator acts: the creator's too, except in the lobby."""

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if role == Role.CREATOR and self.instance.room.slug == LOBBY_SLUG:
            raise ValidationError(_("The lobby belongs to the site and has no creator."))
        if role == Role.CREATOR and not self.instance.user.is_active:
            raise ValidationError(_("This account is closed."))
        return role


@admin.register(Membership)
class MembershipAdmin(StaffAdmin):
    """Members are kept by their rooms. Where no creator acts, as in the lobby, staff appoint the moderators; in any
    room but that also a creator."""

    form = MembershipForm
    list_display = ["user", "room", "role", "nickname", "joined_at"]
    list_filter = ["role"]
    list_select_related = ["user", "room"]
    search_fields = ["user__username", "user__display_name", "room__name", "room__slug"]
    fields = ["user", "room", "role", "nickname", "joined_at"]
    readonly_fields = ["user", "room", "nickname", "joined_at"]
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and (obj.role == Role.CREATOR or acting_creator(obj.room) is not None):
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # Not the form's own saving, which would leave the groups of the roles behind.
        actions.change_role_as_staff(
            actor=staff_of(request), room=obj.room, subject=obj.user, role=Role(form.cleaned_data["role"])
        )


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["pk", "author", "channel", "created_at", "excerpt"]
    list_select_related = ["author", "channel"]
    list_filter = [("deleted_at", admin.EmptyFieldListFilter), ("pinned_at", admin.EmptyFieldListFilter)]
    search_fields = ["body", "author__username"]
    show_full_result_count = False
    ordering = ["-pk"]
    fields = ["channel", "author", "body", "reply_to", "created_at", "edited_at", "deleted_at", "pinned_at"]

    @admin.display(description=gettext_lazy("message"))
    def excerpt(self, message: Any) -> str:
        return message.body[:80]


class SanctionAdmin(ReadOnlyAdmin):
    """Bans, timeouts and what was taken in voice channels: rooms make them; staff may lift one that should not be."""

    list_display = ["user", "room", "until", "by", "reason", "created_at"]
    list_select_related = ["user", "room", "by"]
    search_fields = ["user__username", "room__name", "room__slug", "reason"]
    fields = ["room", "user", "by", "reason", "until", "created_at"]
    lift: Callable[..., None]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.lift(actor=staff_of(request), room=obj.room, subject=obj.user)


@admin.register(Ban)
class BanAdmin(SanctionAdmin):
    lift = staticmethod(actions.unban_member_as_staff)


@admin.register(Timeout)
class TimeoutAdmin(SanctionAdmin):
    lift = staticmethod(actions.lift_timeout_as_staff)


@admin.register(VoiceSanction)
class VoiceSanctionAdmin(SanctionAdmin):
    list_display = ["user", "room", "is_muted", "is_deafened", "by", "reason", "created_at"]
    fields = ["room", "user", "is_muted", "is_deafened", "by", "reason", "created_at"]
    lift = staticmethod(actions.lift_voice_sanction_as_staff)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ["pk", "room", "subject", "reporter", "reason", "status", "created_at"]
    list_filter = ["status"]
    list_select_related = ["room", "subject", "reporter"]
    search_fields = ["reason", "quoted", "subject__username", "reporter__username", "room__slug"]
    ordering = ["-pk"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "room", "actor", "deed", "subject", "reason"]
    list_filter = ["deed"]
    list_select_related = ["room", "actor", "subject"]
    search_fields = ["actor__username", "subject__username", "room__slug", "reason"]
    show_full_result_count = False
    ordering = ["-pk"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["room", "creator", "created_at", "expires_at", "uses", "max_uses", "revoked_at"]
    list_select_related = ["room", "creator"]
    search_fields = ["room__name", "room__slug", "creator__username"]
    # Not the code: whoever looks at the list could go in by it.
    fields = ["room", "creator", "created_at", "expires_at", "uses", "max_uses", "revoked_at"]
    actions = ["revoke"]

    @admin.action(description=gettext_lazy("Revoke"), permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        for invitation in queryset.filter(revoked_at=None):
            actions.revoke_invitation_as_staff(actor=staff_of(request), invitation=invitation)
        self.message_user(request, _("The invitations are revoked."))


class GameTagForm(forms.ModelForm):
    """A game whose names are nobody else's."""

    def clean_name(self) -> str:
        return self._unlike_others(self.cleaned_data["name"])

    def clean_aliases(self) -> str:
        names = dict.fromkeys(line.strip() for line in self.cleaned_data["aliases"].splitlines() if line.strip())
        return "\n".join(self._unlike_others(name) for name in names)

    def _unlike_others(self, name: str) -> str:
        other = game_called(name, but=self.instance)
        if other is not None:
            raise ValidationError(_("“%(name)s” is a name of %(game)s already.") % {"name": name, "game": other.name})
        return name


class MergeForm(ActionForm):
    """The admin's choice of an action, and beside it what to merge into."""

    into = forms.ModelChoiceField(
        GameTag.objects.approved(), required=False, label=gettext_lazy("merge into"), empty_label="—"
    )


@admin.register(GameTag)
class GameTagAdmin(StaffAdmin):
    form = GameTagForm
    action_form = MergeForm
    list_display = ["name", "is_approved", "room_count", "proposed_by", "aliases_in_a_line"]
    list_filter = ["is_approved"]
    list_select_related = ["proposed_by"]
    search_fields = ["name", "aliases", "key"]
    # Those that wait come first.
    ordering = ["is_approved", "name"]
    prepopulated_fields = {"slug": ["name"]}
    fields = ["name", "slug", "aliases", "is_approved", "proposed_by"]
    readonly_fields = ["is_approved", "proposed_by"]
    actions = ["approve", "reject", "merge"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).annotate(rooms_counted=Count("rooms"))

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        found, doubled = super().get_search_results(request, queryset, search_term)
        alike = queryset.filter(key__contains=look(search_term)) if search_term else queryset.none()
        return found | alike, doubled

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            # Whoever adds a game has looked at it.
            actions.approve_game_tag(actor=staff_of(request), tag=obj)

    @admin.display(description=gettext_lazy("rooms"), ordering="rooms_counted")
    def room_count(self, tag: Any) -> int:
        return tag.rooms_counted

    @admin.display(description=gettext_lazy("other names"))
    def aliases_in_a_line(self, tag: Any) -> str:
        return ", ".join(tag.other_names)

    @admin.action(description=gettext_lazy("Approve"), permissions=["change"])
    def approve(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        count = 0
        for tag in queryset:
            actions.approve_game_tag(actor=staff_of(request), tag=tag)
            count += 1
        told = ngettext("%(count)d game is approved.", "%(count)d games are approved.", count)
        self.message_user(request, told % {"count": count})

    @admin.action(description=gettext_lazy("Reject: delete those that wait"), permissions=["delete"])
    def reject(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        count = 0
        for tag in queryset.filter(is_approved=False):
            actions.reject_game_tag(actor=staff_of(request), tag=tag)
            count += 1
        told = ngettext("%(count)d game is rejected.", "%(count)d games are rejected.", count)
        self.message_user(request, told % {"count": count})

    @admin.action(description=gettext_lazy("Merge into the game chosen here"), permissions=["delete"])
    def merge(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        form = MergeForm(request.POST)
        form.fields["action"].choices = self.get_action_choices(request)  # type: ignore[attr-defined]
        into = form.cleaned_data["into"] if form.is_valid() else None
        if into is None:
            self.message_user(request, _("Choose the game to merge into."), messages.ERROR)
            return
        count = 0
        for tag in queryset.exclude(pk=into.pk):
            actions.merge_game_tags(actor=staff_of(request), tag=tag, into=into)
            into.refresh_from_db()
            count += 1
        told = ngettext("%(count)d game is %(into)s now.", "%(count)d games are %(into)s now.", count)
        self.message_user(request, told % {"count": count, "into": into.name})
