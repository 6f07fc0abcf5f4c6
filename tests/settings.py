"""Settings of the test suite: the machine's own installation is not read, and only a temporary home is written."""

import atexit
import os
import shutil
import tempfile

from cryptography.fernet import Fernet

OURS = (
    "DUOLIVE_",
    "BINANCE_",
    "TELEGRAM_",
    "SMTP_",
    "ALERT_",
    "AI_",
    "DEEPSEEK_",
    "OPENAI_",
    "ANTHROPIC_",
    "GEMINI_",
    "QWEN_",
)
OURS_BY_NAME = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "TESTNET_ONLY", "TRADING_PASSWORD")
OWNER = os.getpid()


def remove_home() -> None:
    if os.getpid() == OWNER:  # not in a forked worker
        shutil.rmtree(HOME, ignore_errors=True)


for name in list(os.environ):
    if name.startswith(OURS) or name.removesuffix("_FILE") in OURS_BY_NAME:
        del os.environ[name]
HOME = tempfile.mkdtemp(prefix="duolive-tests-")
atexit.register(remove_home)
os.environ |= {
    "DUOLIVE_ENV_FILE": "",
    "DUOLIVE_HOME": HOME,
    "SECRET_KEY": "the tests' own key, used nowhere else",
    "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
}
# TEST_DATABASE=postgres runs the suite on the server of TEST_POSTGRES_URL instead of on SQLite.
ON_POSTGRES = os.environ.get("TEST_DATABASE") == "postgres"
if ON_POSTGRES:
    os.environ["DATABASE_URL"] = os.environ["TEST_POSTGRES_URL"]

from duolive.settings import *  # noqa: E402, F403
from duolive.settings import DATABASES  # noqa: E402

# A file and not memory, so that threads and processes of a test meet in one database as in life.
if not ON_POSTGRES:
    DATABASES["default"]["TEST"] = {"NAME": f"{HOME}/test.sqlite3"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
