"""`/healthz`: can this process serve a lesson right now?"""

import json
import logging
import os
import time
from collections.abc import Callable
from functools import cache

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache as shared_cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


def _database() -> None:
    with connection.cursor() as cursor:  # a table of ours: an unmigrated database is not well
        cursor.execute("SELECT 1 FROM lessons_track LIMIT 1")


def _cache() -> None:
    key, value = f"healthz-{os.getpid()}", str(time.monotonic_ns())
    shared_cache.set(key, value, 5)
    if shared_cache.get(key) != value:
        raise RuntimeError("the cache forgets")


def _channel_layer() -> None:
    if settings.REDIS_URL:  # the in-memory layer is this process itself
        async_to_sync(get_channel_layer().group_send)("healthz", {"type": "healthz"})


def _static_files() -> None:
    """What the manifest promises is on the disk: asked for one file, the manifest's own first."""
    if settings.DEBUG or not hasattr(staticfiles_storage, "read_manifest"):
        return  # served from static/ as they are
    manifest = staticfiles_storage.read_manifest()
    if manifest is None:
        raise FileNotFoundError("there is no static manifest; run manage.py collectstatic")
    if not staticfiles_storage.exists(next(iter(json.loads(manifest)["paths"].values()))):
        raise FileNotFoundError("the static manifest names a file that is not there")


@cache
def _kernel() -> None:
    """Importable, and with scenarios; once, because a process that could import it still can."""
    import simulator

    if not simulator.scenario_names():
        raise RuntimeError("there are no scenarios")


PARTS: dict[str, Callable[[], None]] = {
    "database": _database,
    "cache": _cache,
    "channel_layer": _channel_layer,
    "static_files": _static_files,
    "kernel": _kernel,
}


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503; the body names each part, the log (with DEBUG the body too) why."""
    parts: dict[str, str] = {}
    for name, check in PARTS.items():
        try:
            check()
        except Exception as error:  # noqa: BLE001 - whatever it is, the part is not well
            logger.warning("healthz: %s failed: %s", name, error)
            parts[name] = f"failed: {error}" if settings.DEBUG else "failed"
        else:
            parts[name] = "ok"
    well = all(said == "ok" for said in parts.values())
    answer = JsonResponse({"status": "ok" if well else "failing", "parts": parts}, status=200 if well else 503)
    answer["Cache-Control"] = "no-store"
    return answer


def answer_first(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: `/healthz` is answered here, so that it can still say which part is down when that is the database."""

    def respond(request: HttpRequest) -> HttpResponse:
        return healthz(request) if request.path == "/healthz" else get_response(request)

    return respond
