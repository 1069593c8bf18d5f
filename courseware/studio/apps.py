"""The studio app."""

from django.apps import AppConfig


class StudioConfig(AppConfig):
    """Nothing to connect."""

    name = "courseware.studio"
    label = "studio"
