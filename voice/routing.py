from django.urls import path

from .consumers import VoiceConsumer

websocket_urlpatterns = [path("ws/voice/<int:channel_id>/", VoiceConsumer.as_asgi())]
