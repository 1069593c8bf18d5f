"""Buying a track: the page, the way to Stripe, and the way back."""

import logging
from uuid import UUID

import stripe
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courseware.commerce.checkout import Addresses, begin
from courseware.commerce.fulfilment import fulfil
from courseware.commerce.models import Order
from courseware.commerce.money import amount_text
from lessons.access import access_to
from lessons.cards import track_card
from lessons.models import Track
from lessons.progress import Learner

logger = logging.getLogger(__name__)
UNREACHABLE = "The payment service cannot be reached right now. Nothing was charged; please try again in a minute."


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def buy(request: HttpRequest, track: str) -> HttpResponse:
    """GET: what is bought and for how much. POST: on to Stripe; one payable session however often it is pressed."""
    found = get_object_or_404(Track, slug=track, published=True)
    if access_to(request.user, found).allowed:
        messages.info(request, f"{found.title} is already open for you.")
        return redirect(found)
    if found.price_cents is None:
        raise Http404
    error = ""
    if request.method == "POST" and request.user.is_authenticated:  # as login_required saw to; the types do not know
        try:
            checkout = begin(request.user, found, addresses(request, found))
        except stripe.StripeError:
            logger.exception("no checkout for %s", found.slug)
            error = UNREACHABLE
        else:
            url = checkout.url or f"{reverse('commerce:success', args=[found.slug])}?order={checkout.order.pk}"
            return HttpResponseRedirect(url, status=303)
    context = {
        "card": track_card(request.user, Learner.of(request), found),
        "price": amount_text(found.price_cents, found.currency),
        "error": error,
    }
    return render(request, "commerce/buy.html", context, status=502 if error else 200)


@login_required
@never_cache
@require_safe
def success(request: HttpRequest, track: str) -> HttpResponse:
    """Back from Stripe. Looks for itself, so a webhook that is late or lost delays nobody."""
    order = own_order(request, track)
    standing = ""
    try:
        payment = fulfil(order)
        standing = payment.standing if payment else ""
    except stripe.StripeError:
        logger.warning("order %s: Stripe cannot be asked; shown as it stands here", order.pk)
    if order.state == Order.State.CREATED and standing == "open":
        messages.info(request, "The payment was not finished. Nothing was charged.")
        return redirect("commerce:buy", track)
    if order.state in (Order.State.REFUNDED, Order.State.DISPUTED):
        messages.info(request, f"Your purchase of {order.track.title}: {order.get_state_display().lower()}.")
        return redirect("accounts:account")
    if order.alarm:
        messages.warning(request, "This payment does not match your order. We have been told and will look at it.")
    states: dict[str, str] = {Order.State.PAID: "paid", Order.State.CREATED: "pending"}
    first = order.track.lessons.published().first()
    context = {
        "order": order,
        "track": order.track,
        "state": states.get(order.state, "failed"),
        "first_url": first.get_absolute_url() if first else "",
    }
    return render(request, "commerce/done.html", context)


@login_required
@require_safe
def cancelled(request: HttpRequest, track: str) -> HttpResponse:
    """The buyer left Stripe's page: the same order is still there to be paid."""
    messages.info(request, "You left the payment page. Nothing was charged.")
    return redirect("commerce:buy", track)


def own_order(request: HttpRequest, track: str) -> Order:
    """The order that the address names, if it is this user's and for this track; Http404 otherwise."""
    try:
        key = UUID(request.GET.get("order", ""))
    except ValueError:
        raise Http404 from None
    return get_object_or_404(Order.objects.select_related("track"), pk=key, user_id=request.user.pk, track__slug=track)


def addresses(request: HttpRequest, track: Track) -> Addresses:
    """Where Stripe sends the buyer back to, on the host that they are on."""
    return Addresses(
        done=request.build_absolute_uri(reverse("commerce:success", args=[track.slug])),
        cancelled=request.build_absolute_uri(reverse("commerce:cancelled", args=[track.slug])),
    )
