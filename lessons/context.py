"""What every page is told."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the site's name, whether payments are a sandbox, the learner's initials, the theme chosen."""
    theme = request.COOKIES.get("theme", "")
    return {
        "site_name": settings.SITE_NAME,
        "sandbox": bool(getattr(settings, "STRIPE_SANDBOX", False)),
        "learner_initials": SimpleLazyObject(lambda: initials(getattr(request, "user", None))),
        "theme": theme if theme in ("light", "dark") else "",
    }


def initials(user: Any) -> str:
    """One or two letters for the account's button; empty for a visitor."""
    if user is None or not user.is_authenticated:
        return ""
    names = [name for name in (getattr(user, "first_name", ""), getattr(user, "last_name", "")) if name]
    if not names:
        names = [part for part in user.email.split("@")[0].replace("_", ".").split(".") if part][:2]
    return "".join(name[0] for name in names).upper()
