"""Readers for what the environment says as an address: databases, mail servers, required secrets."""

import sys
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE_OPTIONS = {
    # The write lock is taken when a transaction begins: a read-modify-write waits and never fails half-way.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,  # seconds to wait for that lock
    # FULL: what was answered is on the disk, also after a power cut (NORMAL may lose the last commits to one).
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}


def refuse(sentence: str) -> NoReturn:
    """End the process with one sentence on standard error and exit code 1; no traceback, nothing half started."""
    sys.exit(f"Headroom cannot start: {sentence}")


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for `sqlite:///path` (relative), `sqlite:////path` or `postgresql://user:pw@host/name`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path).removeprefix("/"),
            "OPTIONS": dict(SQLITE_OPTIONS),
        }
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path).removeprefix("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    refuse(f"DATABASE_URL begins with sqlite:/// or postgresql://, not with {parts.scheme or 'nothing'}://.")


def mail(url: str) -> dict[str, Any]:
    """Django's EMAIL_* settings for `console://`, `file:///folder`, `smtp://user:pw@host:port` or `smtps://…`.

    `smtp://…?tls=1` asks for STARTTLS.
    """
    parts = urlsplit(url)
    backends = "django.core.mail.backends"
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": f"{backends}.console.EmailBackend"}
    if parts.scheme == "file":
        return {"EMAIL_BACKEND": f"{backends}.filebased.EmailBackend", "EMAIL_FILE_PATH": unquote(parts.path)}
    if parts.scheme in ("smtp", "smtps"):
        return {
            "EMAIL_BACKEND": f"{backends}.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname or "localhost",
            "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_SSL": parts.scheme == "smtps",
            "EMAIL_USE_TLS": dict(parse_qsl(parts.query)).get("tls") == "1",
            "EMAIL_TIMEOUT": 10,
        }
    refuse(f"EMAIL_URL begins with console://, file://, smtp:// or smtps://, not with {parts.scheme or 'nothing'}://.")


def origins(values: list[str]) -> list[str]:
    """Full origins (`https://course.example`), in lower case and without a closing slash; refuses anything less."""
    cleaned = [value.strip().rstrip("/").lower() for value in values if value.strip()]
    for value in cleaned:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or "*" in value:
            refuse(f"ORIGINS holds full origins such as https://course.example, not {value!r}.")
    return cleaned


def loopback(url: str) -> bool:
    """Whether an address points at this machine itself."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def folder(path: Path) -> Path:
    """The folder, made if need be; refuses with a sentence when it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"{path} cannot be made ({error.strerror}).")
    return path
