from django.urls import path

from . import views
from .acts import MEMBER_ACTS, MESSAGE_ACTS

# Below /rooms/.
urlpatterns = [
    *(
        path(f"<slug:slug>/members/<username:username>/{act.verb}/", views.member_act, {"act": act}, act.url_name)
        for act in MEMBER_ACTS
    ),
    path("<slug:slug>/settings/bans/", views.room_bans, name="room-bans"),
    path("<slug:slug>/settings/words/", views.room_words, name="room-words"),
    path("<slug:slug>/<slug:channel>/pinned/", views.channel_pinned, name="channel-pinned"),
    path("<slug:slug>/<slug:channel>/slow/", views.channel_slow, name="channel-slow"),
    path("<slug:slug>/<slug:channel>/lock/", views.channel_lock, name="channel-lock"),
    path("<slug:slug>/<slug:channel>/unlock/", views.channel_unlock, name="channel-unlock"),
    path("<slug:slug>/<slug:channel>/delete/", views.messages_delete, name="messages-delete"),
    *(
        path(f"<slug:slug>/<slug:channel>/<int:message_id>/{act.verb}/", views.message_act, {"act": act}, act.url_name)
        for act in MESSAGE_ACTS
    ),
    path("<slug:slug>/<slug:channel>/<int:message_id>/review/", views.message_review, name="message-review"),
]
