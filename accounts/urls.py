from django.urls import path, re_path

from . import views

app_name = "accounts"

urlpatterns = [
    path("accounts/settings/", views.settings, name="settings"),
    path("users/<username:username>/", views.profile, name="profile"),
    # The addresses of allauth's own pages, which `allauth.urls` behind these names: ours answer first.
    path("accounts/login/", views.login),
    path("accounts/signup/", views.signup),
    path("accounts/email/", views.email),
    path("accounts/password/change/", views.password_change),
    path("accounts/password/set/", views.password_set),
    path("accounts/password/reset/", views.password_reset),
    re_path(r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$", views.password_reset_from_key),
    path("accounts/reauthenticate/", views.reauthenticate),
]
