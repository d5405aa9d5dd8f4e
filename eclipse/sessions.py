"""Sessions in the database, as Django keeps them, looked up by a statement."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from eclipse.statements import Parameter, Statement, columns, instance

# As Django has it: a shorter one is easily guessed.
SHORTEST_KEY = 8

_session = Statement(
    lambda: Session.objects.filter(
        session_key=Parameter("key", Session._meta.get_field("session_key")),
        expire_date__gt=Parameter("now", Session._meta.get_field("expire_date")),
    ).values_list(*columns(Session))
)


class SessionStore(DatabaseStore):
    """Not cached: who logs out, or is logged out, is so at once and in every process."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _validate_session_key(self, key: str | None) -> bool:
        # A quoted cookie may spell any character; PostgreSQL raises for a NUL.
        return key is not None and len(key) >= SHORTEST_KEY and key.isalnum()

    def _get_session_from_db(self) -> Any:
        now: datetime = timezone.now()
        for row in _session(key=self.session_key, now=now):
            return instance(Session, row)
        self._session_key = None
        return None
