from django.urls import path

from . import views

# Below /rooms/.
urlpatterns = [
    path("<slug:slug>/members/<username:username>/timeout/", views.member_timeout, name="member-timeout"),
    path("<slug:slug>/members/<username:username>/untimeout/", views.member_untimeout, name="member-untimeout"),
    path("<slug:slug>/members/<username:username>/kick/", views.member_kick, name="member-kick"),
    path("<slug:slug>/members/<username:username>/ban/", views.member_ban, name="member-ban"),
    path("<slug:slug>/members/<username:username>/unban/", views.member_unban, name="member-unban"),
    path("<slug:slug>/members/<username:username>/review/", views.member_review, name="member-review"),
    path("<slug:slug>/settings/bans/", views.room_bans, name="room-bans"),
    path("<slug:slug>/settings/words/", views.room_words, name="room-words"),
    path("<slug:slug>/<slug:channel>/pinned/", views.channel_pinned, name="channel-pinned"),
    path("<slug:slug>/<slug:channel>/slow/", views.channel_slow, name="channel-slow"),
    path("<slug:slug>/<slug:channel>/lock/", views.channel_lock, name="channel-lock"),
    path("<slug:slug>/<slug:channel>/unlock/", views.channel_unlock, name="channel-unlock"),
    path("<slug:slug>/<slug:channel>/delete/", views.messages_delete, name="messages-delete"),
    path("<slug:slug>/<slug:channel>/<int:message_id>/pin/", views.message_pin, name="message-pin"),
    path("<slug:slug>/<slug:channel>/<int:message_id>/unpin/", views.message_unpin, name="message-unpin"),
    path("<slug:slug>/<slug:channel>/<int:message_id>/review/", views.message_review, name="message-review"),
]
