from django.urls import path

from . import api

# Below /api/.
urlpatterns = [
    path("chat/deleted-rooms/", api.DeletedRooms.as_view(), name="deleted-rooms"),
    path("chat/rooms/<slug:slug>/", api.OneRoom.as_view(), name="room"),
    path("chat/rooms/<slug:slug>/restore/", api.Restore.as_view(), name="restore"),
    path("chat/rooms/<slug:slug>/icon/", api.Icon.as_view(), name="icon"),
    path("chat/rooms/<slug:slug>/channels/", api.Channels.as_view(), name="channels"),
    path("chat/rooms/<slug:slug>/channels/order/", api.ChannelOrder.as_view(), name="channel-order"),
    path("chat/rooms/<slug:slug>/channels/<int:channel_id>/", api.OneChannel.as_view(), name="channel"),
    path("chat/rooms/<slug:slug>/categories/", api.Categories.as_view(), name="categories"),
    path("chat/rooms/<slug:slug>/categories/order/", api.CategoryOrder.as_view(), name="category-order"),
    path("chat/rooms/<slug:slug>/categories/<int:category_id>/", api.OneCategory.as_view(), name="category"),
]
