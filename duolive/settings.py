"""Django settings: one file, driven by the environment variables that ``.env.example`` documents."""

from pathlib import Path

from advisor.providers.prices import parse_prices
from duolive import configuration
from duolive.database import database
from duolive.environment import ConfigurationError
from duolive.logs import configure_structlog, logging_config

try:
    config = configuration.load()
    env = config.environment
    SECRET_KEY = config.secret_key()
    DATABASES = {
        "default": database(
            env.secret("DATABASE_URL"),
            home=config.home,
            max_age_seconds=env.integer("DATABASE_CONN_MAX_AGE", 0),
        )
    }
    HTTPS_ONLY = env.flag("DUOLIVE_HTTPS")
    DEBUG = env.flag("DEBUG")
except ConfigurationError as error:
    # One line instead of a traceback, in whichever process it is.
    raise SystemExit(f"duo-live: {error}") from None

BASE_DIR = configuration.ROOT

# --- The desk ---------------------------------------------------------------------------------------------------

DUOLIVE_ENV = config.venue.value
DUOLIVE_HOME = config.home
DUOLIVE_SPEED = config.speed
DUOLIVE_WEB_PORT = config.web_port
DUOLIVE_PAPER_PORT = config.paper_port
DUOLIVE_RUN = env.text("DUOLIVE_RUN")  # given by the supervisor to its processes
REDIS_URL = env.secret("REDIS_URL", "redis://127.0.0.1:6379/0")
FIELD_ENCRYPTION_KEYS = [key.strip() for key in env.secret("FIELD_ENCRYPTION_KEYS").split(",") if key.strip()]
STRATEGIES = {
    "surge_short": "signals.strategies.surge_short.SurgeShort",
    "manual": "signals.strategies.manual.Manual",
    "ai_futures": "signals.strategies.ai_futures.AiFutures",
}

BINANCE_REST_URL = config.rest_url
BINANCE_WS_URL = config.stream_url
BINANCE_API_KEY = config.api_key
BINANCE_API_SECRET = config.api_secret
BINANCE_PROXY = env.secret("BINANCE_PROXY")
TELEGRAM_PROXY = env.secret("TELEGRAM_PROXY")
TELEGRAM_BOT_TOKEN = env.secret("TELEGRAM_BOT_TOKEN")
TELEGRAM_CHAT_ID = env.text("TELEGRAM_CHAT_ID")
TELEGRAM_API_URL = env.text("TELEGRAM_API_URL", "https://api.telegram.org").rstrip("/")
TELEGRAM_WEBHOOK_SECRET = env.secret("TELEGRAM_WEBHOOK_SECRET")
SMTP_HOST = env.text("SMTP_HOST")
SMTP_PORT = env.integer("SMTP_PORT", 465, low=1, high=65535)
SMTP_SECURITY = env.choice("SMTP_SECURITY", ("tls", "starttls", "none"))
SMTP_EMAIL = env.text("SMTP_EMAIL")
SMTP_PASSWORD = env.secret("SMTP_PASSWORD")
ALERT_EMAIL = env.text("ALERT_EMAIL")
TRADING_PASSWORD = env.secret("TRADING_PASSWORD")
PROTECTION_DEADLINE_SECONDS = env.integer("DUOLIVE_PROTECTION_DEADLINE_SECONDS", 5, low=1, high=60)
LADDER_RETRIES = env.integer("DUOLIVE_LADDER_RETRIES", 1, high=5)
LADDER_BY_QUANTITY = env.integer("DUOLIVE_LADDER_BY_QUANTITY", 1, low=1, high=3)
LADDER_CORRECTIONS = env.integer("DUOLIVE_LADDER_CORRECTIONS", 1, high=3)
LADDER_CORRECTION_PCT = env.integer("DUOLIVE_LADDER_CORRECTION_PCT", 10, low=1, high=90)
LADDER_PAGE_AGAIN_SECONDS = env.integer("DUOLIVE_LADDER_PAGE_AGAIN_SECONDS", 300, low=10, high=86400)
LANGUAGE = env.text("DUOLIVE_LANGUAGE", "en")

# --- Language models --------------------------------------------------------------------------------------------

# Address and model of each provider unless the environment names others; one with a key may be asked.
_AI_DEFAULTS = {
    "deepseek": ("https://api.deepseek.com", "deepseek-chat"),
    "openai": ("https://api.openai.com/v1", "gpt-4o"),
    "anthropic": ("https://api.anthropic.com", "claude-sonnet-4-6"),
    "gemini": ("https://generativelanguage.googleapis.com/v1beta/openai/", "gemini-flash-latest"),
    "qwen": ("https://dashscope.aliyuncs.com/compatible-mode/v1", "qwen-plus"),
}
AI_MODELS = {
    name: {
        "api_key": env.secret(f"{name.upper()}_API_KEY"),
        "base_url": env.text(f"{name.upper()}_BASE_URL", base_url),
        "model": env.text(f"{name.upper()}_MODEL", model),
    }
    for name, (base_url, model) in _AI_DEFAULTS.items()
}
AI_PROXY = env.secret("AI_PROXY")
# USD for a million tokens, in:out, by the beginning of the model's name; an unknown model costs as the dearest.
_AI_PRICES = {
    "deepseek-": "0.56:1.68",
    "gpt-4o": "2.50:10",
    "gpt-4o-mini": "0.15:0.60",
    "claude-sonnet": "3:15",
    "claude-haiku": "1:5",
    "claude-opus": "15:75",
    "gemini-flash": "0.50:3",
    "gemini-2.5-flash": "0.30:2.50",
    "qwen-plus": "0.40:1.20",
} | {pair.partition("=")[0]: pair.partition("=")[2] for pair in env.listed("AI_PRICES")}
try:
    AI_PRICES = parse_prices(_AI_PRICES)
    AI_DEADLINE_SECONDS = env.integer("AI_DEADLINE_SECONDS", 45, low=1, high=240)
    # A recorded market is judged by the rules, free and repeatable, unless a provider is asked for.
    AI_PROVIDER = env.choice("AI_PROVIDER", ("rules", *AI_MODELS) if DUOLIVE_ENV == "replay" else (*AI_MODELS, "rules"))
    # Of the two layers of the AI futures bot; empty: as above.
    AI_STRATEGIC_PROVIDER = env.choice("AI_STRATEGIC_PROVIDER", ("", *AI_MODELS))
    AI_TACTICAL_PROVIDER = env.choice("AI_TACTICAL_PROVIDER", ("", *AI_MODELS))
    AI_BUDGET_HOUR = env.positive_decimal("AI_BUDGET_HOUR", "0.50")
    AI_BUDGET_DAY = env.positive_decimal("AI_BUDGET_DAY", "5")
    AI_BUDGET_MONTH = env.positive_decimal("AI_BUDGET_MONTH", "50")
    AI_KEEP_DAYS = env.integer("AI_KEEP_DAYS", 30, low=1, high=3650)
    # Readings of outside sources for the adviser: a file of sources, read anew when it changes, and their keys.
    AI_CONTEXT_FILE = Path(env.text("AI_CONTEXT_FILE") or config.home / "context.json")
    AI_CONTEXT_PROXY = env.secret("AI_CONTEXT_PROXY")
    AI_CONTEXT_KEYS = {
        name: env.secret(name)
        for name in {given.removesuffix("_FILE") for given in env.variables}
        if name.startswith("AI_CONTEXT_KEY_")
    }
except (ConfigurationError, ValueError) as error:
    raise SystemExit(f"duo-live: {error}") from None

# --- Django -----------------------------------------------------------------------------------------------------

OUR_APPS = ["desk", "risk", "signals", "advisor", "trading", "notifications", "dashboard", "duolive"]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "django_celery_beat",
    *OUR_APPS,
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dashboard.middleware.ContentSecurityPolicyMiddleware",
]
ROOT_URLCONF = "duolive.urls"
ASGI_APPLICATION = "duolive.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Loopback for the health checks, whatever name the desk is published under.
LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = [*env.listed("ALLOWED_HOSTS"), *LOOPBACK_HOSTS]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

# WhiteNoise serves what the finders find: no collectstatic step, no second copy to go stale.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True

LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# Behind TLS (DUOLIVE_HTTPS=1) cookies travel over it only; the proxy must set X-Forwarded-Proto itself.
SESSION_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
CSRF_TRUSTED_ORIGINS = env.listed("CSRF_TRUSTED_ORIGINS")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- API and sockets --------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Duo-Live",
    "DESCRIPTION": "Trading desk for Binance USDS-M perpetual futures. Decimals are strings, times are UTC.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
}

# --- Celery -----------------------------------------------------------------------------------------------------
# Rows are the queue of record; a message only says "look". So messages are acknowledged early, expire, have no results,
# and one that is lost costs a tick.

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: the stream process stands in meanwhile
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 5
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Without a socket timeout a publish on a dead connection would wait for ever.
    "socket_timeout": 15,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "global_keyprefix": "celery:",
}
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_TIME_LIMIT = 300  # seconds; a backstop only, real bounds are the timeouts inside the tasks
CELERY_TASK_DEFAULT_QUEUE = "trading"
CELERY_TASK_ROUTES = {
    "signals.tasks.*": {"queue": "scan"},
    # Nothing waits for it: neither an entry nor a scan may wait behind it.
    "trading.tasks.follow_shadows": {"queue": "notify"},
    "trading.advised.tasks.*": {"queue": "scan"},
    # Waits for strangers' servers: no scan and no entry may wait behind it.
    "advisor.tasks.*": {"queue": "notify"},
    "notifications.tasks.*": {"queue": "notify"},
}
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SYNC_EVERY = 1
CELERY_BEAT_CRON_STARTING_DEADLINE = 300
CELERY_BEAT_MAX_LOOP_INTERVAL = 1

# --- Logs -------------------------------------------------------------------------------------------------------

configure_structlog()
LOGGING = logging_config(
    level=config.log_level,
    as_json=env.text("LOG_FORMAT", "console" if config.venue.has_own_exchange else "json") == "json",
    secrets=[
        SECRET_KEY,
        BINANCE_API_KEY,
        BINANCE_API_SECRET,
        TELEGRAM_BOT_TOKEN,
        TELEGRAM_WEBHOOK_SECRET,
        SMTP_PASSWORD,
        TRADING_PASSWORD,
        *(str(model["api_key"]) for model in AI_MODELS.values()),
        *AI_CONTEXT_KEYS.values(),
        str(DATABASES["default"].get("PASSWORD", "")),
        *FIELD_ENCRYPTION_KEYS,
    ],
)
