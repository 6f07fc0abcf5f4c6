"""Structured logs on stderr, one event a line, with secrets blotted out before anything is written."""

import logging
import re
from collections.abc import Iterable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

BLOT = "***"
SECRET_NAMES = re.compile(
    r"secret|token|passw|api_?key|signature|authorization|cookie|credential|listen_?key|private", re.IGNORECASE
)
SECRET_TEXTS = (
    # Query parameters and headers; a Telegram token in a path; a password in a URL.
    re.compile(r"(?i)((?:signature|listenKey|apiKey|token|password|secret)=|X-MBX-APIKEY['\":\s]+)[^\s&'\"]+"),
    re.compile(r"(/bot)\d+:[\w-]+"),
    re.compile(r"(://[^/\s:@]*:)[^\s/@]+(?=@)"),
)
SHORTEST_SECRET = 6  # a shorter word would blot out innocent text


class Redaction:
    """Blots out values under secret names, known secrets anywhere, and secrets inside URLs."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = tuple(sorted({word for word in known if len(word) >= SHORTEST_SECRET}, key=len, reverse=True))

    def __call__(self, logger: WrappedLogger | None, method: str, event: EventDict) -> EventDict:
        return {name: self._value(name, value) for name, value in event.items()}

    def text(self, text: str) -> str:
        for word in self._known:
            text = text.replace(word, BLOT)
        for pattern in SECRET_TEXTS:
            text = pattern.sub(rf"\1{BLOT}", text)
        return text

    def _value(self, name: str, value: Any) -> Any:
        if name.startswith("_"):  # structlog's own record of where the event came from
            return value
        if SECRET_NAMES.search(name):
            return BLOT if value else value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._value(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value("", item) for item in value]
        return value if value is None or isinstance(value, bool | int) else self.text(str(value))


class WithoutFailedReadiness(logging.Filter):
    """Drops Django's ERROR for each 503 of ``/readyz``: it is an answer, asked for several times a second at start."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        return getattr(record, "status_code", 0) != 503 or getattr(request, "path", "") != "/readyz"


def shared_processors() -> list[Processor]:
    """What every event passes, ours and those of libraries that use ``logging``."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


# One list for good: loggers keep the one they were first used with.
_PROCESSORS: list[Processor] = [
    structlog.stdlib.filter_by_level,
    *shared_processors(),
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


def configure_structlog() -> None:
    """Send structlog's events through ``logging``, so that one handler formats everything."""
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_config(*, level: str, as_json: bool, secrets: Iterable[str]) -> dict[str, Any]:
    """Django's LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared_processors(),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    Redaction(secrets),
                    _renderer(as_json=as_json),
                ],
            }
        },
        "filters": {"answers": {"()": WithoutFailedReadiness}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": _loggers(level),
    }


def _renderer(*, as_json: bool) -> Processor:
    if as_json:
        return structlog.processors.JSONRenderer(default=str)
    return structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)


def _loggers(level: str) -> dict[str, Any]:
    """Libraries write to the root's handler; those that talk too much, and may tell secrets, from WARNING on."""
    library = {"handlers": [], "propagate": True}
    return {
        "django": library | {"level": level},
        "django.request": library | {"filters": ["answers"]},
        "django.server": library,
        "uvicorn": library | {"level": level},
        "uvicorn.error": library,
        "uvicorn.access": library | {"level": "WARNING"},
        # Their INFO lines carry whole URLs and every message's arguments.
        "httpx2": library | {"level": "WARNING"},
        "httpcore2": library | {"level": "WARNING"},
        "websockets": library | {"level": "WARNING"},
        "celery.beat": library | {"level": "WARNING"},
        "celery.app.trace": library | {"level": "WARNING"},
        "celery.worker.strategy": library | {"level": "WARNING"},
    }
