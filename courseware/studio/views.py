"""The studio: what a Markdown file will look like as a lesson. Nothing is stored."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courseware.roles import may_author
from lessons.markdown import ContentError, render_preview

LONGEST = 200_000  # bytes of a lesson's source; the longest that ships has a tenth of it


class Refused(ValueError):
    """What was sent is not the source of a lesson; the message is for its author."""


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest) -> HttpResponse:
    """Paste a lesson or upload its file (`file`), and see it or its mistakes with their lines."""
    if not may_author(request.user):
        raise PermissionDenied("The studio is for instructors.")
    context: dict[str, object] = {"source": "", "file_name": "", "errors": [], "document": None}
    status = 200
    if request.method == "POST":
        name = request.POST.get("file_name", "")[:200]
        try:
            name, source = read(request, name)
        except Refused as refused:
            context |= {"file_name": name, "errors": [ContentError(name or "lesson.md", 1, str(refused))]}
            status = 422
        else:
            found = render_preview(source, name or "lesson.md")
            context |= {"source": source, "file_name": name, "errors": found.errors, "document": found.document}
    return render(request, "studio/preview.html", context, status=status)


def read(request: HttpRequest, name: str) -> tuple[str, str]:
    """The file's name and text, from the upload if there is one, else from the text field. Raises Refused."""
    upload = request.FILES.get("file")
    if isinstance(upload, UploadedFile):
        if (upload.size or 0) > LONGEST:
            raise Refused(f"The file is longer than {LONGEST // 1000} KB.")
        try:
            source = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Refused("The file is not UTF-8 text.") from error
        name = (upload.name or "")[:200]
    else:
        source = request.POST.get("source", "")
    if len(source.encode("utf-8", "replace")) > LONGEST:
        raise Refused(f"The source is longer than {LONGEST // 1000} KB.")
    return name, source.replace("\r\n", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
