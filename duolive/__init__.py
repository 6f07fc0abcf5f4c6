"""Wiring only: settings, Celery, ASGI, the supervisor and the command line. Nothing here decides about trades."""
