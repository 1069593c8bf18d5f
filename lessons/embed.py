"""A simulation alone, for a frame on somebody else's page. The only route that may be framed, and only for free tracks."""

from csp.decorators import csp_replace
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from lessons.access import access_to
from lessons.models import Lesson
from lessons.simulations import UnknownSimulation, view_of


@require_safe
@never_cache
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # typed for views without arguments
def embed(request: HttpRequest, track: str, lesson: str, simulation: str) -> HttpResponse:
    """The panel of a free lesson; 403 for a locked one, whoever asks: what is framed is anybody's."""
    try:
        found = Lesson.objects.at(track, lesson)
        access = access_to(AnonymousUser(), found.track)
        if not access.allowed:
            return render(request, "lessons/_simulation_embed.html", {"lesson": found}, status=403)
        shown = view_of(found, simulation)
    except (Lesson.DoesNotExist, UnknownSimulation) as error:
        raise Http404 from error
    return render(request, "lessons/_simulation_embed.html", {"lesson": found, "simulation": shown})
