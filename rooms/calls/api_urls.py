from django.urls import path

from . import api

MEMBER = "chat/rooms/<slug:slug>/members/<username:username>/"

# Below /api/.
urlpatterns = [
    path(f"{MEMBER}voice-mute/", api.MemberVoiceMute.as_view(), name="member-voice-mute"),
    path(f"{MEMBER}voice-deafen/", api.MemberVoiceDeafen.as_view(), name="member-voice-deafen"),
    path(f"{MEMBER}voice-priority/", api.MemberPriority.as_view(), name="member-voice-priority"),
    path("chat/rooms/<slug:slug>/voice-sanctions/", api.VoiceSanctions.as_view(), name="voice-sanctions"),
    path("chat/rooms/<slug:slug>/channels/<int:channel_id>/call/", api.ChannelCall.as_view(), name="channel-call"),
]
