"""The payment page. Plainly a sandbox: no card is asked for, because none is charged."""

from html import escape
from typing import Any
from urllib.parse import urlsplit

from courseware.commerce.money import amount_text
from courseware.commerce.sandbox.store import Thing

FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Sandbox</title>
<link rel="icon" href="/sandbox.svg" type="image/svg+xml">
<link rel="stylesheet" href="/sandbox.css">
</head>
<body>
<header class="banner"><p><strong>Sandbox. No money moves.</strong> This page stands in for Stripe&rsquo;s.</p></header>
<main>
{main}
</main>
</body>
</html>
"""
WAYS = (
    ("pay", "Simulate a payment", "primary", "As by card: {price}, confirmed at once."),
    ("decline", "Simulate a declined card", "", "Nothing is charged; you can try again."),
    ("later", "Simulate a bank debit", "", "As by bank debit: confirmed {settles}."),
    ("leave", "Leave without paying", "", "Back to the course; the order stays open."),
)


def payment_page(session: Thing, settle_after: float | None, error: str = "") -> str:
    """What is bought, for how much, and four ways on; `error` says why the last one did not work."""
    price = amount_text(session["amount_total"], session["currency"])
    settles = "only when a test says so" if settle_after is None else f"after {settle_after:g} seconds"
    alert = f'<p class="alert" role="alert">{escape(error)}</p>' if error else ""
    email = f"<div><dt>Email</dt><dd>{escape(session['customer_email'])}</dd></div>" if session["customer_email"] else ""
    buttons = "\n".join(
        f'<li><button class="{style}" name="way" value="{way}" aria-describedby="about-{way}">'
        f"{label}</button>"
        f'<span id="about-{way}">{about.format(settles=settles, price=escape(price))}</span></li>'
        for way, label, style, about in WAYS
    )
    main = f"""<h1>Pay {escape(price)}</h1>
<dl><div><dt>For</dt><dd>{escape(session["_name"])}</dd></div>{email}
<div><dt>Total</dt><dd class="total">{escape(price)}</dd></div></dl>
{alert}
<form method="post" action="/c/pay/{session["id"]}">
<ul>
{buttons}
</ul>
</form>
<p class="fine">Session {session["id"]}</p>"""
    return FRAME.format(title=f"Pay {escape(price)}", main=main)


def closed_page(session: Thing) -> str:
    """A session that cannot be paid any more."""
    complete = session["status"] == "complete"
    heading = "This payment is complete." if complete else "This payment page has expired."
    words = "It was sent once already; nothing is charged twice." if complete else "Go back to the course and start again."
    back = session["success_url"] if complete else (session["cancel_url"] or session["success_url"])
    link = f'<a class="button" href="{escape(filled(session, back))}">Back to the course</a>'
    main = f"<h1>{heading}</h1>\n<p>{words}</p>\n<p>{link}</p>"
    return FRAME.format(title=heading.rstrip("."), main=main)


def lost_page() -> str:
    """No such session."""
    return FRAME.format(
        title="Not found", main="<h1>There is no payment here.</h1>\n<p>Go back to the course and start again.</p>"
    )


def filled(session: Thing, url: str) -> str:
    """A return address with Stripe's placeholder filled in."""
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def policy(session: dict[str, Any] | None) -> str:
    """Content-Security-Policy: nothing but the own style sheet; forms lead here and back to the shop."""
    shops = {
        f"{parts.scheme}://{parts.netloc}"
        for name in ("success_url", "cancel_url")
        if session and session[name] and (parts := urlsplit(session[name])).netloc
    }
    forms = " ".join(["'self'", *sorted(shops)])
    return f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
