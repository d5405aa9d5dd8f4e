from django.urls import path

from . import api, staff_api

urlpatterns = [
    path(
        "chat/rooms/<slug:slug>/members/<username:username>/timeout/",
        api.MemberTimeout.as_view(),
        name="member-timeout",
    ),
    path("chat/rooms/<slug:slug>/members/<username:username>/kick/", api.MemberKick.as_view(), name="member-kick"),
    path("chat/rooms/<slug:slug>/members/<username:username>/ban/", api.MemberBan.as_view(), name="member-ban"),
    path(
        "chat/rooms/<slug:slug>/members/<username:username>/review/", api.MemberReview.as_view(), name="member-review"
    ),
    path("chat/rooms/<slug:slug>/bans/", api.Bans.as_view(), name="bans"),
    path("chat/rooms/<slug:slug>/timeouts/", api.Timeouts.as_view(), name="timeouts"),
    path("chat/rooms/<slug:slug>/words/", api.Words.as_view(), name="words"),
    path("chat/rooms/<slug:slug>/messages/delete/", api.MessagesDelete.as_view(), name="messages-delete"),
    path("chat/rooms/<slug:slug>/messages/<int:message_id>/pin/", api.MessagePin.as_view(), name="message-pin"),
    path("chat/rooms/<slug:slug>/channels/<int:channel_id>/pinned/", api.Pinned.as_view(), name="channel-pinned"),
    path("chat/rooms/<slug:slug>/channels/<int:channel_id>/slow/", api.SlowMode.as_view(), name="channel-slow"),
    path("chat/rooms/<slug:slug>/channels/<int:channel_id>/lock/", api.Lock.as_view(), name="channel-lock"),
    path("staff/rooms/<slug:slug>/bans/<username:username>/", staff_api.StaffBan.as_view(), name="staff-ban"),
    path(
        "staff/rooms/<slug:slug>/timeouts/<username:username>/",
        staff_api.StaffTimeout.as_view(),
        name="staff-timeout",
    ),
    path(
        "staff/rooms/<slug:slug>/voice-sanctions/<username:username>/",
        staff_api.StaffVoiceSanction.as_view(),
        name="staff-voice-sanction",
    ),
    path(
        "staff/rooms/<slug:slug>/invitations/<int:invitation_id>/",
        staff_api.StaffInvitation.as_view(),
        name="staff-invitation",
    ),
]
