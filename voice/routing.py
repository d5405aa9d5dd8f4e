from django.urls import path

from .consumers import EchoConsumer, VoiceConsumer

websocket_urlpatterns = [
    path("ws/voice/<int:channel_id>/", VoiceConsumer.as_asgi()),
    path("ws/voice/test/", EchoConsumer.as_asgi()),
]
