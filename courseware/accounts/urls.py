"""Addresses under /account/ that allauth does not have."""

from django.urls import path

from courseware.accounts.views import account

app_name = "accounts"
urlpatterns = [path("", account, name="account")]
