"""The product's settings on the database of the test that starts the server; see the environment in web_process."""

from duolive.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # as in tests.settings
