from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from eclipse.text import validate_plain_text

# ASCII only: a username is an address (in URLs, in mentions), and look-alike letters would let one person
# pass for another. The display name is where any script is welcome.
username_validators = [
    RegexValidator(
        r"\A[a-zA-Z0-9](?:[a-zA-Z0-9_.-]*[a-zA-Z0-9_])?\Z",
        _("Use Latin letters, digits, dots, dashes and underscores; begin with a letter or digit."),
    )
]


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the system")
    DARK = "dark", _("Dark")
    LIGHT = "light", _("Light")
    CONTRAST = "contrast", _("High contrast")


class Announcements(models.TextChoices):
    """Which new messages a screen reader is given to read out."""

    ALL = "all", _("All messages")
    MENTIONS = "mentions", _("Mentions and replies to me")
    OFF = "off", _("No messages")


class Motion(models.TextChoices):
    SYSTEM = "system", _("As the system")
    REDUCED = "reduced", _("Always reduced")


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account: how they log in, what others call them, how they like their pages."""

    username = models.CharField(
        _("username"),
        max_length=32,
        unique=True,
        validators=username_validators,
        error_messages={"unique": _("This username is taken.")},
    )
    display_name = models.CharField(_("display name"), max_length=48, blank=True, validators=[validate_plain_text])
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True, help_text=_("Empty: as the browser asks."))
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.SYSTEM)
    announcements = models.CharField(_("announcements"), max_length=8, choices=Announcements, default=Announcements.ALL)
    motion = models.CharField(_("motion"), max_length=8, choices=Motion, default=Motion.SYSTEM)
    is_staff = models.BooleanField(_("site staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="username_unique_in_any_case",
                violation_error_message=_("This username is taken."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """A username as it is stored, whoever creates it (`createsuperuser` too): in lower case."""
        return super().normalize_username(username).lower()

    @property
    def name(self) -> str:
        """What others see: the display name, or the username where none was chosen."""
        return self.display_name or self.username

    def get_absolute_url(self) -> str:
        return reverse("accounts:profile", args=[self.username])

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name
