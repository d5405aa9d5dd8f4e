from django.urls import path

from . import views

urlpatterns = [
    path("<slug:slug>/members/<username:username>/", views.room_member, name="room-member"),
    path("<slug:slug>/members/<username:username>/role/", views.member_role, name="member-role"),
    path("<slug:slug>/members/<username:username>/nickname/", views.member_nickname, name="member-nickname"),
    path("<slug:slug>/settings/permissions/", views.room_permissions, name="room-permissions"),
    path("<slug:slug>/settings/transfer/", views.room_transfer, name="room-transfer"),
]
