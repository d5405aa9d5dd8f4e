from django.urls import URLPattern, URLResolver, include, path

from rooms.invitations import urls as invitations
from rooms.reports import urls as reports

from . import views

app_name = "rooms"

# Below /rooms/.
rooms: list[URLPattern | URLResolver] = [
    path("", views.room_list, name="room-list"),
    path("new/", views.room_create, name="room-create"),
    path("", include("rooms.discovery.urls")),
    path("<slug:slug>/", views.room, name="room"),
    path("<slug:slug>/join/", views.room_join, name="room-join"),
    path("<slug:slug>/leave/", views.room_leave, name="room-leave"),
    path("<slug:slug>/members/", views.room_members, name="room-members"),
    path("<slug:slug>/sidebar/", views.room_sidebar, name="room-sidebar"),
    path("", include("rooms.administration.urls")),
    path("", include("rooms.reports.urls")),
    path("", include("rooms.invitations.urls")),
    path("", include("rooms.moderation.urls")),
    path("", include("rooms.calls.urls")),
    path("", include("rooms.roles.urls")),
    path("<slug:slug>/<slug:channel>/", views.channel, name="channel"),
    path("<slug:slug>/<slug:channel>/commands/", views.channel_commands, name="channel-commands"),
    path("<slug:slug>/<slug:channel>/read/", views.channel_read, name="channel-read"),
    path("<slug:slug>/<slug:channel>/changes/", views.message_changes, name="message-changes"),
    path("<slug:slug>/<slug:channel>/messages/", views.message_create, name="message-create"),
    path("<slug:slug>/<slug:channel>/<int:message_id>/", views.message, name="message"),
    path("<slug:slug>/<slug:channel>/<int:message_id>/menu/", views.message_menu, name="message-menu"),
    path("<slug:slug>/<slug:channel>/<int:message_id>/edit/", views.message_edit, name="message-edit"),
]

urlpatterns = [path("rooms/", include(rooms)), *reports.elsewhere, *invitations.elsewhere]
