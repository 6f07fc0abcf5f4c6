"""The product's settings on the database of the test that starts the server; see the environment in conftest."""

from duolive.settings import *  # noqa: F403
from duolive.settings import MIDDLEWARE

CSP = "dashboard.middleware.ContentSecurityPolicyMiddleware"
if CSP not in MIDDLEWARE:
    MIDDLEWARE.insert(1, CSP)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # as in tests.settings
