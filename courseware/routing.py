"""Who may open which websocket. Its imports need the apps, which courseware.asgi has loaded by then."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import OriginValidator
from django.conf import settings

from courseware.accounts.second_factor import SocketSecondFactor
from lessons.urls import websocket_urlpatterns

sockets = OriginValidator(
    AuthMiddlewareStack(SocketSecondFactor(URLRouter(websocket_urlpatterns))),
    settings.ORIGINS,
)
