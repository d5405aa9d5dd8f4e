from django.urls import path

from rooms.moderation.views import member_act

from . import views
from .acts import VOICE_ACTS

# Below /rooms/.
urlpatterns = [
    *(
        path(f"<slug:slug>/members/<username:username>/{act.verb}/", member_act, {"act": act}, act.url_name)
        for act in VOICE_ACTS
    ),
    path("<slug:slug>/<slug:channel>/call/", views.channel_call, name="channel-call"),
]
