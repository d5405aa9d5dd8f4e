from django.urls import path

from . import views

# Below /rooms/.
urlpatterns = [
    path("<slug:slug>/settings/", views.room_settings, name="room-settings"),
    path("<slug:slug>/settings/icon/", views.room_icon, name="room-icon"),
    path("<slug:slug>/settings/delete/", views.room_delete, name="room-delete"),
    path("<slug:slug>/settings/restore/", views.room_restore, name="room-restore"),
    path("<slug:slug>/settings/channels/", views.room_channels, name="room-channels"),
    path("<slug:slug>/settings/channels/new/", views.channel_create, name="channel-create"),
    path("<slug:slug>/settings/channels/order/", views.channels_order, name="channels-order"),
    path("<slug:slug>/settings/channels/<int:channel_id>/", views.channel_edit, name="channel-edit"),
    path("<slug:slug>/settings/channels/<int:channel_id>/delete/", views.channel_delete, name="channel-delete"),
    path("<slug:slug>/settings/categories/new/", views.category_create, name="category-create"),
    path("<slug:slug>/settings/categories/<int:category_id>/", views.category_edit, name="category-edit"),
    path("<slug:slug>/settings/categories/<int:category_id>/delete/", views.category_delete, name="category-delete"),
]
