"""Response headers that no package of ours sets."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

UNUSED = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"


def response_headers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: our pages need none of the browser's devices, and no other site embeds what we serve."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", UNUSED)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware
