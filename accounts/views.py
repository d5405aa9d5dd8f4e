"""The HTTP edge of accounts: the settings, a person's page, and allauth's pages where ours answer more clearly."""

import logging
from http import HTTPStatus
from typing import Any

from allauth.account import views as allauth_views
from django import forms
from django.conf import settings as site
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic.edit import FormView

from rooms.members import rooms_in_common

from . import actions, limits
from .adapter import MAIL_ERRORS
from .forms import SettingsForm, SignupForm, UsernameTaken
from .models import User
from .requests import MemberRequest

log = logging.getLogger(__name__)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: MemberRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "accounts/settings.html", {"form": SettingsForm.of(request.user)})
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/settings.html", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    actions.update_settings(user=request.user, **form.cleaned_data)
    language = form.cleaned_data["language"]
    response = redirect("accounts:settings")
    _remember_language(response, language)
    with translation.override(language or translation.get_language_from_request(request)):
        messages.success(request, _("Your settings are saved."))
    return response


def _remember_language(response: HttpResponse, language: str) -> None:
    """The cookie follows the settings, so that the page after logging out is in the same language."""
    if not language:
        response.delete_cookie(
            site.LANGUAGE_COOKIE_NAME, path=site.LANGUAGE_COOKIE_PATH, domain=site.LANGUAGE_COOKIE_DOMAIN
        )
        return
    response.set_cookie(
        site.LANGUAGE_COOKIE_NAME,
        language,
        max_age=site.SESSION_COOKIE_AGE,
        path=site.LANGUAGE_COOKIE_PATH,
        domain=site.LANGUAGE_COOKIE_DOMAIN,
        secure=site.LANGUAGE_COOKIE_SECURE,
        httponly=site.LANGUAGE_COOKIE_HTTPONLY,
        samesite=site.LANGUAGE_COOKIE_SAMESITE,
    )


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    person = get_object_or_404(User, username=User.normalize_username(username))
    # Only rooms that the viewer belongs to: whoever looks learns of no room by looking.
    shared = rooms_in_common(request.user, person) if request.user.is_authenticated else []
    return render(request, "accounts/profile.html", {"person": person, "shared_rooms": shared})


class ClearAnswers(FormView):
    """What our pages of allauth add: 422 to a form that is refused; to a person who is held back, 429, the time to
    wait, and the form as it was typed."""

    limited_action: str
    # What a page gives back to a person who is held back: never passwords.
    kept_fields: tuple[str, ...] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        return self._held_back(request) if isinstance(response, limits.TooManyRequests) else response

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        response = super().form_invalid(form)
        seconds = limits.seconds_told(form)
        if seconds is None:
            response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
            return response
        return _wait(response, seconds)

    def limited_key(self) -> str | None:
        """What allauth counts by beside the address, where it does."""
        return None

    def _held_back(self, request: HttpRequest) -> HttpResponse:
        seconds = limits.seconds_to_wait(request, self.limited_action, self.limited_key())
        explanation = limits.explain(seconds)
        if not self.kept_fields:
            return _wait(render(request, "429.html", {"explanation": explanation}), seconds)
        # Not bound: validating would go on to do what the person is held back from.
        typed = {name: request.POST.get(name, "") for name in self.kept_fields}
        form = self.get_form_class()(**{**self.get_form_kwargs(), "data": None, "files": None, "initial": typed})
        return _wait(self.render_to_response(self.get_context_data(form=form, explanation=explanation)), seconds)


def _wait(response: HttpResponse, seconds: int) -> HttpResponse:
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    response["Retry-After"] = str(max(1, seconds))
    return response


class Login(ClearAnswers, allauth_views.LoginView):
    limited_action = "login"
    kept_fields = ("login",)


class Signup(ClearAnswers, allauth_views.SignupView):
    limited_action = "signup"
    kept_fields = ("username", "email")

    def form_valid(self, form: SignupForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except UsernameTaken:
            form.refuse_username()
            return self.form_invalid(form)


class PasswordReset(ClearAnswers, allauth_views.PasswordResetView):
    limited_action = "reset_password"
    kept_fields = ("email",)

    def limited_key(self) -> str:
        return self.request.POST.get("email", "").strip().lower()

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            return super().form_valid(form)
        except MAIL_ERRORS:
            log.exception("The mail for a new password could not be sent.")
            form.add_error(None, _("The message could not be sent just now. Try again in a few minutes."))
            response = self.form_invalid(form)
            response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
            return response


class PasswordResetFromKey(ClearAnswers, allauth_views.PasswordResetFromKeyView):
    limited_action = "reset_password_from_key"


class PasswordChange(ClearAnswers, allauth_views.PasswordChangeView):
    limited_action = "change_password"


class PasswordSet(ClearAnswers, allauth_views.PasswordSetView):
    limited_action = "change_password"


class Reauthenticate(ClearAnswers, allauth_views.ReauthenticateView):
    limited_action = "reauthenticate"


class Email(ClearAnswers, allauth_views.EmailView):
    limited_action = "manage_email"
    kept_fields = ("email",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        email = request.POST.get("email", "").lower()
        if "action_send" in request.POST and email:
            # allauth skips a mail that was sent a moment ago without a word.
            seconds = limits.seconds_to_wait(request, "confirm_email", key=email)
            if seconds:
                messages.warning(request, limits.explain(seconds))
                return HttpResponseRedirect(self.get_success_url())
        return super().post(request, *args, **kwargs)


hide_passwords = sensitive_post_parameters("oldpassword", "password", "password1")

login = Login.as_view()
signup = Signup.as_view()
password_reset = PasswordReset.as_view()
password_reset_from_key = hide_passwords(PasswordResetFromKey.as_view())
password_change = PasswordChange.as_view()
password_set = PasswordSet.as_view()
reauthenticate = hide_passwords(Reauthenticate.as_view())
email = Email.as_view()
