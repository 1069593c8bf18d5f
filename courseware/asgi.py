"""The site's ASGI application: pages over HTTP, simulations over websockets."""

import os

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.utils.module_loading import import_string

from courseware.edge import Edge
from courseware.static_files import StaticFiles

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "courseware.settings")
pages = get_asgi_application()  # first: it loads the apps that the routing imports
application = Edge(
    ProtocolTypeRouter({"http": StaticFiles(pages), "websocket": import_string("courseware.routing.sockets")}),
    settings.TRUSTED_PROXIES,
)
