"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the site's name, whether payments are a sandbox, the learner's initials and their theme."""
    user = getattr(request, "user", None)
    email = getattr(user, "email", "") if user is not None and user.is_authenticated else ""
    return {
        "site_name": settings.SITE_NAME,
        "sandbox": settings.STRIPE_SANDBOX,
        "learner_initials": email[:2].upper(),
        "theme": theme if (theme := request.COOKIES.get("theme")) in ("light", "dark") else "",
    }
