"""Where every request and every socket comes in: static files, HTTP, then sockets by origin, person and route."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eclipse.settings")
django.setup()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.conf import settings
from servestatic import ServeStaticASGI

from eclipse.handler import ThreadedASGIHandler
from rooms.routing import websocket_urlpatterns

http = ThreadedASGIHandler()

application = ProtocolTypeRouter(
    {
        "http": http if settings.DEBUG else ServeStaticASGI(http, root=str(settings.STATIC_ROOT), prefix="static/"),
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
