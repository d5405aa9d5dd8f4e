from django.urls import path

from . import views

# Below /rooms/.
urlpatterns = [
    path("<slug:slug>/settings/invitations/", views.room_invitations, name="room-invitations"),
    path("<slug:slug>/settings/invitations/<int:pk>/revoke/", views.invitation_revoke, name="invitation-revoke"),
]
# Whoever has a code need not know of a room.
elsewhere = [
    path("invites/<slug:code>/", views.invitation, name="invitation"),
]
