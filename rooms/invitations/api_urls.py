from django.urls import path

from . import api

# Below /api/.
urlpatterns = [
    path("chat/rooms/<slug:slug>/invitations/", api.Invitations.as_view(), name="invitations"),
    path("chat/rooms/<slug:slug>/invitations/<int:invitation_id>/", api.OneInvitation.as_view(), name="invitation"),
    path("invites/<slug:code>/", api.ByCode.as_view(), name="by-invitation"),
]
