"""Where every request and every socket comes in: static files, HTTP, then sockets by origin, person and route."""

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eclipse.settings")
try:
    django.setup()
except ImproperlyConfigured as error:
    # A forgotten setting is the operator's to mend: one line helps, a traceback hides it.
    sys.exit(f"Eclipse cannot start: {error}")

from channels.routing import ProtocolTypeRouter, URLRouter

from eclipse.handler import ThreadedASGIHandler
from eclipse.origin import SameOrigin
from eclipse.person import SessionPerson
from eclipse.static import serve_static
from rooms.routing import websocket_urlpatterns
from voice.routing import websocket_urlpatterns as voice_urlpatterns

application = ProtocolTypeRouter(
    {
        "http": serve_static(ThreadedASGIHandler()),
        "websocket": SameOrigin(SessionPerson(URLRouter([*voice_urlpatterns, *websocket_urlpatterns]))),
    }
)
