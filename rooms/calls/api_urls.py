from django.urls import path

from . import api

MEMBER = "chat/rooms/<slug:slug>/members/<username:username>/"

# Below /api/.
urlpatterns = [
    path(f"{MEMBER}voice-mute/", api.MemberVoiceMute.as_view(), name="member-voice-mute"),
    path(f"{MEMBER}voice-deafen/", api.MemberVoiceDeafen.as_view(), name="member-voice-deafen"),
    path(f"{MEMBER}voice-priority/", api.MemberPriority.as_view(), name="member-voice-priority"),
    path(f"{MEMBER}voice-move/", api.MemberMove.as_view(), name="member-voice-move"),
    path(f"{MEMBER}voice-disconnect/", api.MemberDisconnect.as_view(), name="member-voice-disconnect"),
    path("chat/call/", api.OwnCall.as_view(), name="call"),
    path("chat/rooms/<slug:slug>/voice/", api.Voice.as_view(), name="voice"),
    path("chat/rooms/<slug:slug>/voice-sanctions/", api.VoiceSanctions.as_view(), name="voice-sanctions"),
    path("chat/rooms/<slug:slug>/channels/<int:channel_id>/call/", api.ChannelCall.as_view(), name="channel-call"),
    path("chat/rooms/<slug:slug>/channels/<int:channel_id>/captions/", api.Captions.as_view(), name="captions"),
]
