"""Every setting of Eclipse, read from the environment in this one file.

The names that an operator sets are listed in docs/settings.md.
"""

import os
import sys
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from eclipse.ratelimit import DEFAULTS as RATE_LIMIT_DEFAULTS

env = environ.Env()
# What is set to nothing counts as unset: docker compose passes on as nothing whatever nobody has set.
env.ENVIRON = {name: value for name, value in os.environ.items() if value}

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "data"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

# --- What kind of run this is -------------------------------------------------------------------

DEBUG = env.bool("DJANGO_DEBUG", default=False)
# Served over HTTPS: cookies are Secure, HSTS is sent. `bin/run` on a laptop switches it off.
HTTPS = env.bool("DJANGO_HTTPS", default=not DEBUG)


def required(name: str, hint: str) -> str:
    """The environment's value of `name`; stops the start with one clear line where it is missing."""
    value = env(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set, and DJANGO_DEBUG is off: {hint}")
    return value


def stored_secret_key() -> str:
    """The development key, made once and kept, so that a restart does not log people out."""
    path = DATA_DIR / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key())
    return path.read_text().strip()


def port_range(name: str) -> range:
    """The ports that a variable like `50000-50200` names; none where it is unset."""
    text = env(name, default="")
    if not text:
        return range(0)
    first, _dash, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last) < 2**16):
        raise ImproperlyConfigured(f"{name} is {text!r}: write it like 50000-50200.")
    return range(int(first), int(last) + 1)


if DEBUG:
    SECRET_KEY = env("DJANGO_SECRET_KEY", default="") or stored_secret_key()
    ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
else:
    SECRET_KEY = required("DJANGO_SECRET_KEY", "set it to 50 random characters.")
    required("DJANGO_ALLOWED_HOSTS", "set it to the host names of this server, separated by commas.")
    ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS")

CSRF_TRUSTED_ORIGINS = env.list("DJANGO_CSRF_TRUSTED_ORIGINS", default=[])

# --- Applications -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "channels",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "guardian",
    "rest_framework",
    "accounts",
    "rooms",
    "voice",
]

MIDDLEWARE = [
    # Outermost, so that it compresses what the others made. Django pads the answers at random against BREACH.
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "eclipse.middleware.permissions_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.AuthenticationMiddleware",
    "accounts.middleware.preferred_language",
    "accounts.middleware.local_timezone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "eclipse.middleware.readable_forms",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "eclipse.urls"
ASGI_APPLICATION = "eclipse.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"bundles": "eclipse.templatetags.bundles"},
            "builtins": ["eclipse.templatetags.icons"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rooms.context.my_rooms",
            ],
        },
    }
]

# --- Database -----------------------------------------------------------------------------------


def database() -> dict:
    """PostgreSQL where the environment names one, otherwise SQLite in `DATA_DIR`."""
    if env("POSTGRES_DB", default="") and not env("DATABASE_URL", default=""):
        config = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": env("POSTGRES_DB"),
            "USER": env("POSTGRES_USER", default=""),
            "PASSWORD": env("POSTGRES_PASSWORD", default=""),
            "HOST": env("POSTGRES_HOST", default=""),
            "PORT": env("POSTGRES_PORT", default=""),
        }
    else:
        config = env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'eclipse.sqlite3'}")

    if config["ENGINE"] == "django.db.backends.postgresql":
        config["OPTIONS"] = {
            **config.get("OPTIONS", {}),
            "pool": {"min_size": 1, "max_size": env.int("POSTGRES_POOL", default=8), "timeout": 10},
        }
    else:
        config["CONN_MAX_AGE"] = None
        config["OPTIONS"] = {
            # Taking the write lock first makes a busy database wait; upgrading a read lock fails at once.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728;"
            ),
        }
    return config


DATABASES = {"default": database()}
# Threads that answer HTTP requests, each with its own database connection (eclipse/handler.py).
HTTP_THREADS = env.int("HTTP_THREADS", default=4)
# How long a request's body may take to arrive.
BODY_SECONDS = env.float("BODY_SECONDS", default=30)
# And how large it may be: it is kept, on the disk where it is long, before anybody has asked who sends it.
BODY_BYTES = env.int("BODY_BYTES", default=10_000_000)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: the live layer, the cache and the rate limits of several processes ---------------------

REDIS_URL = env("REDIS_URL", default="")

if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "eclipse"},
        }
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    # One process: the hub delivers to its own sockets itself and needs no layer (see eclipse/hub/).
    CHANNEL_LAYERS = {}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# After a fragment, the next ones to the same socket wait this long for each other (eclipse/hub/).
LIVE_COALESCE_MS = env.float("LIVE_COALESCE_MS", default=5)

# --- Accounts -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
# A mail server that hangs must not hold a thread for long.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Eclipse <eclipse@localhost>")

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "add_email": "accounts.forms.AddEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "login": "accounts.forms.LoginForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "signup": "accounts.forms.SignupForm",
}
# One address each: a new one replaces the old one when it is confirmed.
ACCOUNT_CHANGE_EMAIL = True
# Whoever finds an open browser must not be able to take the account over by its e-mail address.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional" if env("EMAIL_URL", default="") else "none"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_USERNAME_VALIDATORS = "accounts.models.user.username_validators"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
# allauth's own limits, each set by the environment where others are wished: ACCOUNT_RATE_LIMIT_LOGIN=30/m/ip.
ACCOUNT_RATE_LIMITS = {
    name: value
    for name in (
        "change_password",
        "confirm_email",
        "login",
        "login_failed",
        "manage_email",
        "reauthenticate",
        "reset_password",
        "reset_password_from_key",
        "signup",
    )
    if (value := env(f"ACCOUNT_RATE_LIMIT_{name.upper()}", default=""))
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

# --- Languages ----------------------------------------------------------------------------------

LANGUAGE_CODE = env("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env("TIME_ZONE", default="UTC")
USE_TZ = True

# --- Static files -------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "eclipse.static.BundledStaticFilesStorage"
    },
}
SERVESTATIC_USE_ZSTD = False

# --- Pictures of rooms -----------------------------------------------------------------------------

MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(DATA_DIR / "media")))

# --- Voice ----------------------------------------------------------------------------------------

# The address that people reach the media server at, where it is not the machine's own.
VOICE_PUBLIC_ADDRESS = env("VOICE_PUBLIC_ADDRESS", default="")
# UDP ports of the media server, one a person: "50000-50200"; any where it is empty.
VOICE_PORTS = port_range("VOICE_PORTS")
# How many voices and pictures one person is sent at once; how many people one media server takes in, and while how many
# streams it sends: what one core carries and to spare (docs/scaling.md).
VOICE_AUDIO_LANES = env.int("VOICE_AUDIO_LANES", default=8)
VOICE_VIDEO_LANES = env.int("VOICE_VIDEO_LANES", default=6)
VOICE_MAX_PEOPLE = env.int("VOICE_MAX_PEOPLE", default=300)
VOICE_MAX_STREAMS = env.int("VOICE_MAX_STREAMS", default=600)
# Media servers in processes of their own (`manage.py voice`), which the others reach through Redis.
VOICE_WORKERS = env.bool("VOICE_WORKERS", default=False)
if VOICE_WORKERS and not REDIS_URL:
    raise ImproperlyConfigured("VOICE_WORKERS is on and REDIS_URL is not set: media workers are reached through Redis.")

# Servers by which people behind hard firewalls reach the media server (voice/turn.py, docs/voice-nat.md).
VOICE_STUN_URLS = env.list("VOICE_STUN_URLS", default=[])
VOICE_TURN_URLS = env.list("VOICE_TURN_URLS", default=[])
VOICE_TURN_SECRET = env("VOICE_TURN_SECRET", default="")
# A TURN server asks again whenever an allocation is renewed: shorter than a long evening would cut calls.
VOICE_TURN_SECONDS = env.int("VOICE_TURN_SECONDS", default=12 * 60 * 60)
VOICE_RELAY_ONLY = env.bool("VOICE_RELAY_ONLY", default=False)

# --- Security -----------------------------------------------------------------------------------

SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("DJANGO_BEHIND_PROXY", default=False) else None
)
# Without it all people behind the proxy would share one count of wrong passwords.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1 if SECURE_PROXY_SSL_HEADER else 0)
SECURE_SSL_REDIRECT = HTTPS and env.bool("DJANGO_SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_ENGINE = "eclipse.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90
X_FRAME_OPTIONS = "DENY"
PERMISSIONS_POLICY = (
    "camera=(self), microphone=(self), display-capture=(self), screen-wake-lock=(self), fullscreen=(self), "
    "geolocation=(), payment=(), usb=(), serial=(), midi=(), browsing-topics=()"
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
CSRF_FAILURE_VIEW = "eclipse.errors.csrf_failure"

# --- REST ---------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["eclipse.api.authentication.Session"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["eclipse.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "eclipse.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Eclipse",
    "DESCRIPTION": "A self-hosted messenger for people who play together.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Sets of words that several fields share, or nearly share.
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "rooms.permissions.Role",
        "GivenRoleEnum": "rooms.roles.serializers.GIVEN_ROLES",
        "RightEnum": "rooms.roles.serializers.CODENAMES",
    },
}

# --- Limits -------------------------------------------------------------------------------------

# Declared in eclipse/ratelimit.py; RATE_LIMIT_MESSAGES and the like override them.
RATE_LIMITS = {name: env(f"RATE_LIMIT_{name.upper()}", default=value) for name, value in RATE_LIMIT_DEFAULTS.items()}

# --- Logging ------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr}},
    "filters": {
        "one_line": {"()": "eclipse.logs.OneLine"},
        "once_a_minute": {"()": "eclipse.logs.OnceAMinute"},
    },
    "loggers": {
        # A forged Host, or a name that is missing in DJANGO_ALLOWED_HOSTS: the line says which.
        "django.security": {"filters": ["one_line"]},
        "django.security.DisallowedHost": {"filters": ["one_line"]},
        # While Redis is away: the layer each second, who is here every other, limits with whatever is counted. That it
        # is away, and that it is back, eclipse.hub.relay says once.
        "channels_redis.pubsub": {"filters": ["once_a_minute"]},
        "eclipse.ratelimit": {"filters": ["once_a_minute"]},
        "rooms.presence": {"filters": ["once_a_minute"]},
        # daphne's runserver prints each request itself.
        "django.channels.server": {"propagate": False},
    },
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="WARNING")},
}
