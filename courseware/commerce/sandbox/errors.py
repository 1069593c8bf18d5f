"""Stripe's errors, in Stripe's words."""

from typing import Any


class StripeError(Exception):
    """An error answer: HTTP status and the `error` object of the body."""

    def __init__(self, status: int, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        kind = fields.pop("type", "invalid_request_error")
        self.body = {"error": {"message": message, "type": kind, **fields}}


def missing(param: str) -> StripeError:
    """A required parameter is not there."""
    return StripeError(400, f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown(kind: str, id_: str, param: str = "id") -> StripeError:
    """No such object."""
    return StripeError(404, f"No such {kind}: '{id_}'", code="resource_missing", param=param)


def invalid(param: str, message: str) -> StripeError:
    """A parameter has a value that cannot be."""
    return StripeError(400, message, param=param)


def reused(key: str) -> StripeError:
    """The same idempotency key with another request."""
    return StripeError(
        400,
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request.",
        type="idempotency_error",
    )
