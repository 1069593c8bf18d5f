"""The commerce app."""

from django.apps import AppConfig


class CommerceConfig(AppConfig):
    """Nothing to connect: what changes access is called by name."""

    name = "courseware.commerce"
    label = "commerce"
    default_auto_field = "django.db.models.BigAutoField"
