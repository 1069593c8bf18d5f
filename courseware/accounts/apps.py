"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Connects the signals on start."""

    name = "courseware.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for sign-ins."""
        from courseware.accounts import signals  # noqa: F401
