"""Amounts in words."""

SIGNS = {"usd": "$", "eur": "€", "gbp": "£"}


def amount_text(cents: int, currency: str) -> str:
    """`$39`, `$39.50`, `39.00 CHF`. `cents` counts the currency's smallest unit, a hundredth."""
    whole, part = divmod(cents, 100)
    sign = SIGNS.get(currency.lower())
    if sign is None:
        return f"{whole}.{part:02d} {currency.upper()}"
    return f"{sign}{whole:,}" + (f".{part:02d}" if part else "")
