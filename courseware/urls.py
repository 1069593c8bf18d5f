"""Every address of the site."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.decorators.http import require_safe

from courseware.errors import nowhere
from courseware.health import healthz


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may read: what every visitor may, but no account, no purchase and no studio."""
    lines = [
        "User-agent: *",
        "Disallow: /account/",
        "Disallow: /studio/",
        "Disallow: /tracks/*/buy/",
        "Disallow: /healthz",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain")


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("robots.txt", robots, name="robots"),
    path("account/", include("courseware.accounts.urls")),
    path("account/", include("allauth.urls")),
    path("studio/", include("courseware.studio.urls")),
    path("", include("courseware.commerce.urls")),
    path("", include("lessons.urls")),
]
if settings.DEBUG:  # with a closing slash only: an address without one is first tried with it
    urlpatterns.append(re_path(r"^(?!static/)(?P<path>.*)/$", nowhere))

handler400 = "courseware.errors.bad_request"
handler403 = "courseware.errors.permission_denied"
handler404 = "courseware.errors.not_found"
handler500 = "courseware.errors.server_error"
