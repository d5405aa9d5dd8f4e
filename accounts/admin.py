from collections.abc import Callable
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from . import actions
from .models import User

# Django's own log-in page for staff counts no wrong passwords; allauth's does.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class StaffAdmin(admin.ModelAdmin):
    """For all of the site's staff: Eclipse has no finer rights among them, and the admin lets in nobody else."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_staff(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_staff(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_staff(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_staff(request)


def is_staff(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_staff


class CreationForm(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = User


class ChangeForm(UserChangeForm):
    class Meta(UserChangeForm.Meta):
        model = User


class PasswordForm(AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> User:
        user = super().save(commit)
        actions.recheck_sockets(user=user)
        return user


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = ChangeForm
    add_form = CreationForm
    change_password_form = PasswordForm
    list_display = ["username", "display_name", "email", "is_staff", "is_active", "date_joined"]
    list_filter = ["is_staff", "is_superuser", "is_active"]
    search_fields = ["username", "display_name", "email"]
    # Groups are the roles of rooms: thousands, and kept in step by rooms.actions alone.
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Profile"), {"fields": ["display_name", "email", "language", "theme", "announcements", "motion"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_superuser"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]

    actions = ["suspend", "restore"]

    # Accounts are changed by superusers alone: whoever may set a password or a right may become anybody. All staff look
    # at them, suspend and restore.
    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_staff(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_staff(request)

    @admin.action(description=_("Suspend: end sessions, refuse log-ins"), permissions=["view"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, actions.suspend_account, gettext("Suspended: %(names)s"))

    @admin.action(description=_("Restore: let log in again"), permissions=["view"])
    def restore(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, actions.restore_account, gettext("Restored: %(names)s"))

    def _each(self, request: HttpRequest, queryset: QuerySet[User], act: Callable[..., None], told: str) -> None:
        done, refused = [], []
        for user in queryset:
            try:
                act(actor=request.user, user=user)
            except actions.StaffOutOfReach:
                refused.append(user.username)
            else:
                done.append(user.username)
        if done:
            self.message_user(request, told % {"names": ", ".join(done)})
        if refused:
            why = gettext("Not yours to decide about: %(names)s")
            self.message_user(request, why % {"names": ", ".join(refused)}, messages.ERROR)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        # An account that was just deactivated must not go on listening.
        actions.recheck_sockets(user=obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        # What goes with an account cannot be deleted by itself, a membership for one: that is no obstacle.
        to_delete, counts, _perms_needed, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        self.delete_queryset(request, User.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        gone = list(queryset)
        super().delete_queryset(request, queryset)
        # Nor may one that is not there any more. Told afterwards: here not everything is one transaction.
        for user in gone:
            actions.recheck_sockets(user=user)
