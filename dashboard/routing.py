"""Addresses of the sockets."""

from django.urls import path

from dashboard.live.consumer import LiveConsumer

websocket_urlpatterns = [path("ws/live", LiveConsumer.as_asgi())]
