"""Friendly pages for what goes wrong; each also has words of its own for when its template cannot be drawn."""

import logging
import sys
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, loader

logger = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]
PLAIN = {
    400: "That request could not be understood. Go back and try again.",
    403: "This page is not yours to open.",
    404: "There is no page at this address.",
    503: "The site cannot reach its database right now. Nothing is lost; please try again in a moment.",
    500: "Something broke on our side. It has been recorded; please try again.",
}


def page(request: HttpRequest | None, status: int, template: str, **context: object) -> HttpResponse:
    """The page for `status`; plain words if the template is missing or fails."""
    try:
        return HttpResponse(loader.render_to_string(template, context, request), status=status)
    except TemplateDoesNotExist:
        logger.warning("%s is missing", template)
    except Exception:  # an error page must never fail
        logger.exception("%s could not be drawn", template)
    return HttpResponse(PLAIN[status], status=status, content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return page(request, 400, "400.html")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403; a view's own message is shown."""
    return page(request, 403, "403.html", message=str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return page(request, 404, "404.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database cannot be reached; drawn without the request: the page might ask for what broke."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        answer = page(None, 503, "503.html", site_name=settings.SITE_NAME)
        answer["Retry-After"] = "10"
        return answer
    return page(None, 500, "500.html", site_name=settings.SITE_NAME)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that carries no valid token: an old page, or cookies switched off."""
    return page(request, 403, "403_csrf.html", reason=reason)


def nowhere(request: HttpRequest, path: str = "") -> HttpResponse:
    """The last route with DEBUG: an unknown address, shown as a visitor would see it."""
    raise Http404


class FriendlyNotFound:
    """Middleware: with DEBUG too, an unknown track or lesson is a friendly 404 and not Django's yellow page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing on the way in or out."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Draw the page that production draws."""
        return not_found(request, exception) if isinstance(exception, Http404) else None
