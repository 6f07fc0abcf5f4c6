"""``/metrics``: for who asks from this machine, or with the token of a user who may read."""

from ipaddress import ip_address

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from dashboard.metrics import exposition
from desk.roles import Role, has_role

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


class BearerAuthentication(TokenAuthentication):
    """The scheme that Prometheus sends."""

    keyword = "Bearer"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """503 while the database cannot be read."""
    try:
        if not (_is_from_here(request) or _has_token(request)):
            refusal = "metrics are for this machine, or with the header Authorization: Bearer TOKEN\n"
            return HttpResponse(refusal, status=403, content_type="text/plain")
        return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
    except DatabaseError:
        return HttpResponse("the database cannot be read\n", status=503, content_type="text/plain")


def _is_from_here(request: HttpRequest) -> bool:
    """A proxy on this machine asks for somebody else: it says so, or passes on the name by which the desk is known."""
    if any(name in request.headers for name in FORWARDED):
        return False
    if split_domain_port(request.get_host())[0] not in settings.LOOPBACK_HOSTS:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _has_token(request: HttpRequest) -> bool:
    asked = Request(request, authenticators=[TokenAuthentication(), BearerAuthentication()])
    try:
        return has_role(asked.user, Role.VIEWER)
    except AuthenticationFailed:
        return False
