from django.urls import path, re_path

from .consumers import ChatConsumer, NowhereConsumer, PresenceConsumer

websocket_urlpatterns = [
    path("ws/chat/<slug:slug>/", ChatConsumer.as_asgi()),
    path("ws/presence/", PresenceConsumer.as_asgi()),
    # The last one, whatever comes before it.
    re_path(r"", NowhereConsumer.as_asgi()),
]
