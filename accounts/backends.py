"""How a session finds its person."""

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend

from accounts.models import User
from eclipse.statements import Parameter, Statement, columns, instance

_user = Statement(lambda: User.objects.filter(pk=Parameter("pk", User._meta.pk)).values_list(*columns(User)))


class AuthenticationBackend(AllauthBackend):
    """allauth's, which looks a request's person up by a statement."""

    def get_user(self, user_id: int) -> User | None:
        for row in _user(pk=user_id):
            user = instance(User, row)
            return user if self.user_can_authenticate(user) else None
        return None
