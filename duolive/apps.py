"""Binds the Celery application in every Django process, so that a task sent from anywhere reaches our broker."""

from importlib import import_module

from django.apps import AppConfig


class Wiring(AppConfig):
    name = "duolive"
    verbose_name = "Duo-Live"

    def ready(self) -> None:
        import_module("duolive.celery")
