"""Tracks and enrollments for staff."""

from django.contrib import admin

from lessons.models import Enrollment, Track


@admin.register(Track)
class TrackAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who teaches a track; everything else comes from its files."""

    list_display = ("title", "order", "price_cents", "published")
    readonly_fields = ("uid", "slug", "title", "summary", "description_html", "order", "price_cents", "currency")


@admin.register(Enrollment)
class EnrollmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What was opened, for whom and why."""

    list_display = ("user", "track", "source", "reference", "created_at", "revoked_at")
    readonly_fields = ("created_at",)
