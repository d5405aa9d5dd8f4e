from django.urls import include, path, re_path

from accounts import api as accounts
from accounts import staff_api as staff
from rooms import api as rooms

from .edge import Nowhere, Schema

app_name = "api"

urlpatterns = [
    path("auth/csrf/", accounts.Csrf.as_view(), name="csrf"),
    path("auth/session/", accounts.CurrentSession.as_view(), name="session"),
    path("auth/login/", accounts.Login.as_view(), name="login"),
    path("auth/register/", accounts.Register.as_view(), name="register"),
    path("auth/logout/", accounts.Logout.as_view(), name="logout"),
    path("auth/profile/", accounts.Profile.as_view(), name="profile"),
    path("auth/password/", accounts.Password.as_view(), name="password"),
    path("chat/public-room/", rooms.PublicRoom.as_view(), name="public-room"),
    path("chat/rooms/", rooms.Rooms.as_view(), name="rooms"),
    path("", include("rooms.administration.api_urls")),
    path("chat/rooms/<slug:slug>/join/", rooms.Join.as_view(), name="join"),
    path("chat/rooms/<slug:slug>/leave/", rooms.Leave.as_view(), name="leave"),
    path("chat/rooms/<slug:slug>/members/", rooms.Members.as_view(), name="members"),
    path("chat/rooms/<slug:slug>/messages/", rooms.Messages.as_view(), name="messages"),
    path("chat/rooms/<slug:slug>/messages/<int:message_id>/", rooms.OneMessage.as_view(), name="message"),
    path("chat/rooms/<slug:slug>/changes/", rooms.Changes.as_view(), name="changes"),
    path("chat/rooms/<slug:slug>/read/", rooms.Read.as_view(), name="read"),
    path("", include("rooms.roles.api_urls")),
    path("", include("rooms.discovery.api_urls")),
    path("", include("rooms.moderation.api_urls")),
    path("", include("rooms.calls.api_urls")),
    path("staff/accounts/<username:username>/suspension/", staff.Suspension.as_view(), name="suspension"),
    path("", include("rooms.reports.api_urls")),
    path("", include("rooms.invitations.api_urls")),
    path("schema/", Schema.as_view(), name="schema"),
    re_path("", Nowhere.as_view()),
]
