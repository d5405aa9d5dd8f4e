"""The forms of accounts: allauth's, with our fields, words and `autocomplete` hints, and the settings'."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.internal.userkit import filter_users_by_username
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import MinimumLengthValidator, get_default_password_validators
from django.core.validators import MinLengthValidator
from django.db import IntegrityError
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from eclipse.text import tidy, validate_plain_text

from . import actions
from .models import User
from .models.user import Announcements, Motion, Theme

# What keeps a phone's keyboard from "correcting" a name that is typed.
AS_TYPED = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}
MAX_EMAIL_LENGTH = 254


class UsernameTaken(Exception):
    """Somebody else took the username between the check and the writing."""


def _password_hint() -> str:
    shortest = max(
        (
            validator.min_length
            for validator in get_default_password_validators()
            if isinstance(validator, MinimumLengthValidator)
        ),
        default=1,
    )
    return ngettext(
        "At least %(count)d character, not a common password and not like your name.",
        "At least %(count)d characters, not a common password and not like your name.",
        shortest,
    ) % {"count": shortest}


class NameField(forms.CharField):
    """One line of visible text, tidied first: composing characters may make a text longer, never past the limit."""

    default_validators = [validate_plain_text]

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value) or "")


class EmailField(forms.EmailField):
    """An e-mail address, in lower case."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("E-mail address"))
        options.setdefault("widget", forms.EmailInput(attrs={"autocomplete": "email", **AS_TYPED}))
        super().__init__(max_length=MAX_EMAIL_LENGTH, **options)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").lower()


class PasswordField(forms.CharField):
    """A password that the person knows."""

    autocomplete = "current-password"

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Password"))
        options.setdefault("widget", forms.PasswordInput(attrs={"autocomplete": self.autocomplete}))
        super().__init__(strip=False, **options)


class NewPasswordField(PasswordField):
    """A password that the person makes up: one field, for a browser's password manager to fill."""

    autocomplete = "new-password"

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", lazy(_password_hint, str)())
        super().__init__(**options)


class LanguageField(forms.ChoiceField):
    """A language, or nothing for the browser's: a choice like the others, and so never called optional."""

    def validate(self, value: Any) -> None:
        if value:
            super().validate(value)


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {
            "login": forms.CharField(
                label=_("Username or e-mail address"),
                max_length=MAX_EMAIL_LENGTH,
                widget=forms.TextInput(attrs={"autocomplete": "username", **AS_TYPED}),
            ),
            "password": PasswordField(),
        }


class SignupForm(allauth_forms.SignupForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        username = User._meta.get_field("username")
        self.fields = {
            "username": forms.CharField(
                label=_("Username"),
                max_length=username.max_length,
                validators=[MinLengthValidator(settings.ACCOUNT_USERNAME_MIN_LENGTH)],
                help_text=_("Your address here. It is shown in lower case; you can add a display name later."),
                widget=forms.TextInput(attrs={"autocomplete": "username", **AS_TYPED}),
            ),
            "email": EmailField(required=False, help_text=_("Only to set a new password when you forget yours.")),
            "password1": NewPasswordField(),
        }

    def save(self, request: HttpRequest) -> User:
        """The new person; `UsernameTaken` when somebody else was faster."""
        values = self.cleaned_data
        try:
            return actions.register(
                username=values["username"], password=values["password1"], email=values.get("email", "")
            )
        except IntegrityError as error:
            if filter_users_by_username(values["username"]).exists():
                raise UsernameTaken from error
            raise

    def refuse_username(self) -> None:
        self.add_error("username", get_adapter().validation_error("username_taken"))


class _OneNewPassword(forms.Form):
    """Asks for the new password once: what is typed can be shown by the browser, and forgotten ones can be reset."""

    user: User

    def set_fields(self, **first: forms.Field) -> None:
        self.fields = {**first, "password1": NewPasswordField(label=_("New password"))}

    def clean_password1(self) -> str:
        return get_adapter().clean_password(self.cleaned_data["password1"], user=self.user)


class ChangePasswordForm(_OneNewPassword, allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_fields(oldpassword=PasswordField(label=_("Current password")))


class SetPasswordForm(_OneNewPassword, allauth_forms.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_fields()


class ResetPasswordKeyForm(_OneNewPassword, allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_fields()


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    email = EmailField()


class AddEmailForm(allauth_forms.AddEmailForm):
    email = EmailField(label=_("New e-mail address"))


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    password = PasswordField()


class SettingsForm(forms.Form):
    """How a person is called and sees their pages."""

    # A browser holds an empty choice of a required field for none at all.
    use_required_attribute = False

    display_name = NameField(
        label=_("Display name"),
        required=False,
        max_length=User._meta.get_field("display_name").max_length,
        help_text=_("What others see, in any script. Empty: your username."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    language = LanguageField(label=_("Language"), choices=[("", _("As the browser")), *settings.LANGUAGES])
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices, widget=forms.RadioSelect)
    announcements = forms.ChoiceField(
        label=_("Announcements"),
        choices=Announcements.choices,
        help_text=_("Which new messages of an open channel a screen reader reads out."),
        widget=forms.RadioSelect,
    )
    motion = forms.ChoiceField(label=_("Motion"), choices=Motion.choices, widget=forms.RadioSelect)

    @classmethod
    def of(cls, user: User) -> "SettingsForm":
        """The form as it stands for `user` now."""
        return cls(initial=cls.values_of(user))

    @classmethod
    def values_of(cls, user: User) -> dict[str, str]:
        """What the form would hold if `user` changed nothing."""
        return {name: getattr(user, name) for name in cls.base_fields}
