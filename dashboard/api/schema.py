"""The OpenAPI schema, for those who may read the API."""

from drf_spectacular.views import SpectacularAPIView

from dashboard.api.permissions import HasRole
from desk.roles import Role


class SchemaApi(SpectacularAPIView):
    """Every address under /api/v1/ in OpenAPI."""

    permission_classes = [HasRole]
    reads = Role.VIEWER
