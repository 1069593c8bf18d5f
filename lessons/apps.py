"""The app `lessons`."""

from django.apps import AppConfig


class LessonsConfig(AppConfig):
    """Tracks, lessons, questions and what learners did with them."""

    name = "lessons"
    default_auto_field = "django.db.models.BigAutoField"
