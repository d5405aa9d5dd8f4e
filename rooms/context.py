from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from rooms.unread import rooms_with_unread


def my_rooms(request: HttpRequest) -> dict[str, Any]:
    """The rooms of the person who asks, with unread counts; looked up only by a page that shows them."""
    user = request.user
    if not user.is_authenticated:
        return {"my_rooms": []}
    return {"my_rooms": SimpleLazyObject(lambda: rooms_with_unread(user))}
