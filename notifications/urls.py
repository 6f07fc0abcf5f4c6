"""The address that Telegram calls."""

from django.urls import path

from notifications.views import telegram_webhook

urlpatterns = [path("webhook", telegram_webhook, name="telegram_webhook")]
