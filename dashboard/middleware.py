"""Content security policy: our own files only, nothing inline."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

STRICT = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
# The admin of Django draws some icons from data URLs and sets a few style attributes; its scripts are files.
ADMIN = f"{STRICT}; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
ADMIN_PATH = "/admin/"


class ContentSecurityPolicyMiddleware:
    """Adds the policy to every answer that has none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = ADMIN if request.path.startswith(ADMIN_PATH) else STRICT
        response.headers.setdefault("Content-Security-Policy", policy)
        return response
