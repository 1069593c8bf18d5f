"""The account page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lessons.cards import cards
from lessons.predicted import remembered
from lessons.progress import Learner


@login_required
@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Where the learner is, and what they bought. Orders that came to nothing are not listed."""
    orders = request.user.orders.exclude(state__in=["created", "expired"]).select_related("track")  # type: ignore[union-attr]
    context = {
        "email": request.user.email,  # type: ignore[union-attr]
        "cards": cards(request.user, Learner.of(request)),
        "predictions": remembered(Learner.of(request)),
        "orders": orders,
    }
    return render(request, "accounts/account.html", context)
