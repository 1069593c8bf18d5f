"""Addresses of buying; they come before the lessons', which would take `buy` for a lesson."""

from django.urls import path

from courseware.commerce import views
from courseware.commerce.webhook import webhook

app_name = "commerce"
urlpatterns = [
    path("tracks/<slug:track>/buy/", views.buy, name="buy"),
    path("tracks/<slug:track>/buy/done/", views.success, name="success"),
    path("tracks/<slug:track>/buy/cancelled/", views.cancelled, name="cancelled"),
    path("stripe/webhook/", webhook, name="webhook"),
]
