from django.http import HttpRequest

from .models import User


class MemberRequest(HttpRequest):
    """What a view behind `login_required` is given: a request by somebody who has an account."""

    user: User
