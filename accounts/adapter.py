"""What allauth asks the project: which names are free, where to go next, and what happens when people come and go."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms.actions import ensure_lobby

from . import actions, limits
from .models import User
from .names import is_reserved

log = logging.getLogger(__name__)

MAIL_ERRORS = (SMTPException, OSError)
MAIL_FAILED = "eclipse.mail_failed"
MAIL_SENT = "account/messages/email_confirmation_sent.txt"


class AccountAdapter(DefaultAccountAdapter):
    """allauth, as Eclipse wants it."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("The e-mail address or the password is wrong."),
        "email_taken": gettext_lazy("Another account uses this e-mail address."),
        "enter_current_password": gettext_lazy("This is not your current password."),
        "duplicate_email": gettext_lazy("This is your e-mail address already."),
        "incorrect_password": gettext_lazy("The password is wrong."),
        "invalid_password_reset": gettext_lazy("This link is not valid any more."),
        "username_password_mismatch": gettext_lazy("The username or the password is wrong."),
        "username_reserved": gettext_lazy("This username is reserved. Choose another one."),
        "username_taken": gettext_lazy("This username is taken. Choose another one."),
    }

    def clean_username(self, username: str, shallow: bool = False) -> str:
        if is_reserved(username):
            raise self.validation_error("username_reserved")
        return super().clean_username(username, shallow=shallow)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return ensure_lobby().get_absolute_url()

    def is_safe_url(self, url: str) -> bool:
        """Only this very host: allauth would also let through every other host that the server answers to."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def is_ajax(self, request: HttpRequest) -> bool:
        """Never: allauth's own JSON would be a second, undescribed API beside /api/."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as refusal:
            key = self._get_login_attempts_cache_key(request, **credentials)
            seconds = limits.seconds_to_wait(request, "login_failed", key=key)
            raise limits.too_many_logins(seconds) from refusal

    def logout(self, request: HttpRequest) -> None:
        # Asked before: the session that tells who it was is gone afterwards.
        user = request.user if request.user.is_authenticated else None
        super().logout(request)
        if user is not None:
            actions.recheck_sockets(user=user)

    def set_password(self, user: User, password: str) -> None:
        actions.set_password(user=user, password=password)

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """A mail server that is down does not stop anybody from signing up: the mail can be asked for again."""
        try:
            super().send_confirmation_mail(request, emailconfirmation, signup)
        except MAIL_ERRORS:
            log.exception("The confirmation mail could not be sent.")
            request.META[MAIL_FAILED] = True
            messages.warning(
                request, _("The message to your e-mail address could not be sent. Ask for it again in the settings.")
            )

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """allauth says "sent" whatever happened: not after it failed."""
        if message_template == MAIL_SENT and request.META.get(MAIL_FAILED):
            return
        super().add_message(request, level, message_template, *args, **kwargs)
