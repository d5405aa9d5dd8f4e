from django.urls import path

from . import api

urlpatterns = [
    path("chat/rooms/<slug:slug>/members/<username:username>/", api.OneMember.as_view(), name="member"),
    path("chat/rooms/<slug:slug>/permissions/", api.Permissions.as_view(), name="permissions"),
    path("chat/rooms/<slug:slug>/transfer/", api.Transfer.as_view(), name="transfer"),
]
