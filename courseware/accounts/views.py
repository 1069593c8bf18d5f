"""The account page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from courseware.accounts.requests import SignedIn
from lessons.cards import cards
from lessons.predicted import remembered
from lessons.progress import Learner


@login_required
@never_cache
@require_safe
def account(request: SignedIn) -> HttpResponse:
    """Where the learner is, and what they bought. Orders that came to nothing are not listed."""
    orders = request.user.orders.exclude(state__in=["created", "expired"]).select_related("track")
    context = {
        "email": request.user.email,
        "cards": cards(request.user, Learner.of(request)),
        "predictions": remembered(Learner.of(request)),
        "orders": orders,
    }
    return render(request, "accounts/account.html", context)
