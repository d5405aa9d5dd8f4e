"""The REST edge of accounts: the same forms, flows and limits as the pages have."""

from allauth.account.adapter import get_adapter
from allauth.account.internal import flows
from allauth.core.internal import ratelimit
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from eclipse.api.edge import Endpoint, login_required, understood
from eclipse.api.errors import errors_of
from eclipse.api.refusals import Conflict, MissingRight, TooManyRequests
from eclipse.api.schema import described

from . import actions, limits
from .forms import ChangePasswordForm, LoginForm, SettingsForm, SignupForm, UsernameTaken
from .models import User
from .serializers import (
    CsrfSerializer,
    LoginSerializer,
    PasswordSerializer,
    ProfileSerializer,
    ProfileUpdateSerializer,
    RegisterSerializer,
    SessionSerializer,
)


class Csrf(Endpoint):
    @described("get_csrf_token", answers={200: CsrfSerializer})
    def get(self, request: Request) -> Response:
        """The token that every request that writes must carry; it changes when one logs in."""
        return Response({"csrf_token": get_token(request._request)})


class CurrentSession(Endpoint):
    @described("get_session", answers={200: SessionSerializer})
    def get(self, request: Request) -> Response:
        """Who is logged in."""
        return _session(request)


class Login(Endpoint):
    @described("log_in", asks=LoginSerializer, answers={200: SessionSerializer}, refuses=[409, 429])
    def post(self, request: Request) -> Response:
        """Log in by username or e-mail address."""
        _refuse_member(request)
        _count(request._request, "login")
        asked = understood(LoginSerializer(data=request.data))
        data = {"login": asked["username"], "password": asked["password"]}
        form = LoginForm(data=data, request=request._request)
        if not form.is_valid():
            seconds = limits.seconds_told(form)
            if seconds is not None:
                raise TooManyRequests(seconds)
            raise serializers.ValidationError(errors_of(form, {"login": "username"}))
        form.login(request._request)
        return _arrived(request, status.HTTP_200_OK)


class Register(Endpoint):
    @described("register", asks=RegisterSerializer, answers={201: SessionSerializer}, refuses=[409, 429])
    def post(self, request: Request) -> Response:
        """A new account, which belongs to the lobby and is logged in."""
        _refuse_member(request)
        _count(request._request, "signup")
        if not get_adapter().is_open_for_signup(request._request):
            raise MissingRight(_("Nobody can sign up here at present."))
        asked = understood(RegisterSerializer(data=request.data))
        names = {"password1": "password"}
        form = SignupForm(data={**asked, "password1": asked["password"]})
        if not form.is_valid():
            raise serializers.ValidationError(errors_of(form, names))
        try:
            user, _held_back = form.try_save(request._request)
        except UsernameTaken:
            form.refuse_username()
            raise serializers.ValidationError(errors_of(form, names)) from None
        if user is not None:
            flows.signup.complete_signup(request._request, user=user)
        return _arrived(request, status.HTTP_201_CREATED)


class Logout(Endpoint):
    @described("log_out", answers={200: SessionSerializer})
    def post(self, request: Request) -> Response:
        """End this session; a guest's request changes nothing."""
        flows.logout.logout(request._request, show_message=False)
        return _session(request)


class Profile(Endpoint):
    @described("get_profile", answers={200: ProfileSerializer}, refuses=[401])
    @login_required
    def get(self, request: Request, actor: User) -> Response:
        """One's own profile and settings."""
        return Response(ProfileSerializer(actor).data)

    @described("update_settings", asks=ProfileUpdateSerializer, answers={200: ProfileSerializer}, refuses=[401])
    @login_required
    def post(self, request: Request, actor: User) -> Response:
        """Change how one is called and sees the pages; what is left out stays."""
        asked = understood(ProfileUpdateSerializer(data=request.data))
        form = SettingsForm(data={**SettingsForm.values_of(actor), **asked})
        if not form.is_valid():
            raise serializers.ValidationError(errors_of(form))
        actions.update_settings(user=actor, **form.cleaned_data)
        return Response(ProfileSerializer(actor).data)


class Password(Endpoint):
    @described("set_password", asks=PasswordSerializer, answers={200: SessionSerializer}, refuses=[401, 429])
    @login_required
    def post(self, request: Request, actor: User) -> Response:
        """Change one's password, which ends every other session."""
        _count(request._request, "change_password")
        asked = understood(PasswordSerializer(data=request.data))
        data = {"oldpassword": asked["old_password"], "password1": asked["new_password"]}
        form = ChangePasswordForm(user=actor, data=data)
        if not form.is_valid():
            names = {"oldpassword": "old_password", "password1": "new_password"}
            raise serializers.ValidationError(errors_of(form, names))
        form.save()
        flows.password_change.finalize_password_change(request._request, form.user)
        return _session(request)


def _session(request: Request, answer_status: int = status.HTTP_200_OK) -> Response:
    http = request._request
    user = http.user if http.user.is_authenticated else None
    return Response(SessionSerializer({"user": user, "csrf_token": get_token(http)}).data, status=answer_status)


def _arrived(request: Request, answer_status: int) -> Response:
    """The new session; allauth's own answer, a redirect, only tells that something keeps the person outside."""
    if not request._request.user.is_authenticated:
        raise MissingRight(_("This account cannot log in at present."))
    return _session(request, answer_status)


def _refuse_member(request: Request) -> None:
    if request.user.is_authenticated:
        raise Conflict(_("You are logged in already: log out first."))


def _count(request: HttpRequest, action: str) -> None:
    """Count one attempt under allauth's own limit of that name, together with those made on the page."""
    if not ratelimit.consume(request, app=limits.APP, action=action):
        raise TooManyRequests(limits.seconds_to_wait(request, action))
