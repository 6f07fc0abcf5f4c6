"""Why a symbol, or a whole account, takes no new risk."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BlockReason(TextChoices):
    """Stored, and named by the refusal of an entry. The last three are about every symbol of the account."""

    FOREIGN_POSITION = "foreign_position", _("a position that is not ours")
    FOREIGN_ORDER = "foreign_order", _("an order that is not ours")
    FOREIGN_QUANTITY = "foreign_quantity", _("quantity that is not ours joined our position")
    UNRESOLVED_ORDER = "unresolved_order", _("an order of ours of unknown outcome")
    UNRECONCILED = "unreconciled_quantity", _("our rows do not explain what is open")
    RIVAL_ORDERS = "rival_orders", _("orders of another Duo-Live stand on this account")
    RIVAL_AT_WORK = "rival_at_work", _("another Duo-Live works on this account")
    OWN_UNKNOWN = (
        "own_unknown",
        _("orders with our ids that our rows do not know: a backup was restored, or a copy of this desk is at work"),
    )
