from allauth.core.internal.ratelimit import parse_rates
from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import register_converter
from django.utils.translation import gettext_lazy as _

from .converters import UsernameConverter


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Teach addresses what a username is, and stop over a limit that would otherwise fail at the first log-in."""
        register_converter(UsernameConverter, "username")
        for name, rates in settings.ACCOUNT_RATE_LIMITS.items():
            try:
                parse_rates(rates)
            except ValueError as error:
                raise ImproperlyConfigured(
                    f"ACCOUNT_RATE_LIMIT_{name.upper()} is {rates!r}: write it like 5/m/ip or 10/m/ip,5/5m/key."
                ) from error
