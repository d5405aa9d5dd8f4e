from django.urls import path

from . import api

urlpatterns = [
    path("chat/game-tags/", api.GameTags.as_view(), name="game-tags"),
    path("chat/rooms/<slug:slug>/tags/", api.RoomTags.as_view(), name="room-tags"),
    path("chat/rooms/<slug:slug>/tags/<int:tag_id>/", api.RoomTag.as_view(), name="room-tag"),
    path("staff/game-tags/", api.WaitingTags.as_view(), name="waiting-tags"),
    path("staff/game-tags/<int:tag_id>/approve/", api.ApproveTag.as_view(), name="approve-tag"),
    path("staff/game-tags/<int:tag_id>/reject/", api.RejectTag.as_view(), name="reject-tag"),
    path("staff/game-tags/<int:tag_id>/merge/", api.MergeTag.as_view(), name="merge-tag"),
    path("staff/rooms/<slug:slug>/members/<username:username>/", api.StaffRole.as_view(), name="staff-role"),
]
