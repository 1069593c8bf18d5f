"""Who may open which websocket. Its imports need the apps, which courseware.asgi has loaded by then."""

from typing import Any

from channels.auth import AuthMiddleware
from channels.routing import URLRouter
from channels.security.websocket import OriginValidator
from channels.sessions import CookieMiddleware, InstanceSessionWrapper, SessionMiddleware
from django.conf import settings

from courseware.accounts.second_factor import SocketSecondFactor
from lessons.urls import websocket_urlpatterns


class ReadSession(SessionMiddleware):
    """The session of a websocket, to be read: Channels' own looks before each answer whether it has to be saved."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Pass on with `session` in the scope."""
        wrapper = InstanceSessionWrapper(scope, send)
        await wrapper.resolve_session()
        return await self.inner(wrapper.scope, receive, send)


sockets = OriginValidator(
    CookieMiddleware(ReadSession(AuthMiddleware(SocketSecondFactor(URLRouter(websocket_urlpatterns))))),
    settings.ORIGINS,
)
