from django.urls import path

from . import views

urlpatterns = [
    path("<slug:slug>/settings/tags/", views.room_tags, name="room-tags"),
    path("<slug:slug>/settings/tags/<int:tag_id>/remove/", views.room_tag_remove, name="room-tag-remove"),
]
