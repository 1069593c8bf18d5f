"""What every page is told."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the site's name, whether payments are a sandbox, the learner's initials, the way
    back from signing in, the theme chosen."""
    theme = request.COOKIES.get("theme", "")
    return {
        "site_name": settings.SITE_NAME,
        "sandbox": bool(getattr(settings, "STRIPE_SANDBOX", False)),
        "learner_initials": SimpleLazyObject(lambda: initials(getattr(request, "user", None))),
        "back_here": SimpleLazyObject(lambda: back_here(request)),
        "theme": theme if theme in ("light", "dark") else "",
    }


def back_here(request: HttpRequest) -> str:
    """`?next=…`, with which signing in leads back to this page, or (on the pages of signing in) to where those lead; or nothing.

    allauth refuses a `next` that leads away from the site, and so does this.
    """
    page = request.resolver_match
    if page is None:
        return ""
    if (page.url_name or "").startswith(("account_", "mfa_")):
        there = request.POST.get("next") or request.GET.get("next", "")
    else:
        there = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    safe = there != "/" and url_has_allowed_host_and_scheme(there, {request.get_host()}, request.is_secure())
    return f"?{urlencode({'next': there})}" if safe else ""


def initials(user: Any) -> str:
    """One or two letters for the account's button; empty for a visitor."""
    if user is None or not user.is_authenticated:
        return ""
    names = [name for name in (getattr(user, "first_name", ""), getattr(user, "last_name", "")) if name]
    if not names:
        names = [part for part in user.email.split("@")[0].replace("_", ".").split(".") if part][:2]
    return "".join(name[0] for name in names).upper()
