from django.urls import path

from . import views
from .acts import VOICE_ACTS

# Below /rooms/.
urlpatterns = [
    *(
        path(f"<slug:slug>/members/<username:username>/{act.verb}/", views.member_voice_act, {"act": act}, act.url_name)
        for act in VOICE_ACTS
    ),
    path("<slug:slug>/members/<username:username>/voice/", views.member_voice, name="member-voice"),
    path("<slug:slug>/<slug:channel>/call/", views.channel_call, name="channel-call"),
]
