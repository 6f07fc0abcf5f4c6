"""The Celery application: ``celery -A duolive worker``, ``celery -A duolive beat``."""

import logging.config
import os
from typing import Any

from celery import Celery, signals
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duolive.settings")

app = Celery("duolive", amqp="duolive.broker:SteadyAMQP")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["trading.advised"])


def keep_our_logging(**_: Any) -> None:
    """Celery leaves logging alone when somebody answers this signal."""
    logging.config.dictConfig(settings.LOGGING)


signals.setup_logging.connect(keep_our_logging, weak=False)
