"""Addresses under /studio/."""

from django.urls import path

from courseware.studio.views import preview

app_name = "studio"
urlpatterns = [path("", preview, name="preview")]
