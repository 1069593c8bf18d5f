"""The site's ASGI application: pages over HTTP, simulations over websockets."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "courseware.settings")
pages = get_asgi_application()  # first: it loads the apps that the imports below need

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402

from courseware.accounts.second_factor import SocketSecondFactor  # noqa: E402
from courseware.edge import Edge  # noqa: E402
from lessons.urls import websocket_urlpatterns  # noqa: E402

sockets = OriginValidator(
    AuthMiddlewareStack(SocketSecondFactor(URLRouter(websocket_urlpatterns))),
    settings.ORIGINS,
)
application = Edge(ProtocolTypeRouter({"http": pages, "websocket": sockets}), settings.TRUSTED_PROXIES)
