from django.contrib import admin
from django.urls import include, path, re_path
from django.views.i18n import set_language

from eclipse import health
from rooms import views
from rooms.administration.views import icon_file

urlpatterns = [
    path("", views.home, name="home"),
    # Before allauth's: /accounts/settings/ and /users/<username>/.
    path("", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("language/", set_language, name="set_language"),
    path("", include("voice.urls")),
    path("", include("rooms.urls")),
    path("api/", include("eclipse.api.urls")),
    re_path(r"^media/icons/(?P<name>[0-9a-f]{32}\.webp)$", icon_file, name="room-icon-file"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "eclipse.errors.bad_request"
handler403 = "eclipse.errors.permission_denied"
handler404 = "eclipse.errors.not_found"
handler429 = "accounts.limits.too_many_requests"
