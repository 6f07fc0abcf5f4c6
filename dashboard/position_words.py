"""The words of changes of positions, and of orders that go out in parts, for the scripts."""

from typing import Any

from django.utils.translation import gettext as _

from desk import vocabulary
from trading.core.states import ChangeStatus


def position_words() -> dict[str, Any]:
    """Evaluated at each request; ``{name}`` is filled in by the scripts."""
    return {
        "author": {code: str(text) for code, text in vocabulary.AUTHORS.items()},
        "style": {code: str(text) for code, text in vocabulary.STYLES.items()},
        "change_status": {str(choice.value): str(choice.label) for choice in ChangeStatus},
        **_of_dialogs(),
        **_of_progress(),
    }


def _of_dialogs() -> dict[str, str]:
    return {
        "add_to": _("Add"),
        "add_title": _("Add to {symbol}?"),
        "add_note": _(
            "The stop covers the larger position at once; after the add it moves to one average true range behind the "
            "new average price where that is tighter. Every limit is asked again before an order leaves."
        ),
        "add_action": _("Add {amount}"),
        "add_asked": _("An add to {symbol} is asked for"),
        "reduce": _("Reduce"),
        "reduce_title": _("Close a part of {symbol}?"),
        "reduce_note": _("Only ever smaller: the order cannot turn the position around. Stop and take-profit stay."),
        "reduce_action": _("Close {amount}"),
        "reduce_asked": _("A part close of {symbol} is asked for"),
        "reduce_whole": _("What would stay is less than the exchange takes: this closes the whole position."),
        "change_busy": _("Another change of this position is under way."),
        "change_why": _("Why (kept with it, may stay empty)"),
        "share_of_open": _("Share of {amount}"),
        "sent_how": _("Sent"),
        "style_of_bot": _("as the bot is set"),
        "style_usual": _("at market, as usual"),
        "at_about": _("about {price}"),
        "about_fee": _("fee, about"),
        "average_entry": _("average entry"),
        "realised_now": _("realised by it, before fees"),
        "result_at_stop": _("result at the stop"),
        "result_at_target": _("result at the take-profit"),
        "stop_loosens": _("This stop risks more than the one that stands."),
    }


def _of_progress() -> dict[str, str]:
    return {
        "entering": _("Entering"),
        "adding": _("Adding {share} %"),
        "reducing": _("Closing {share} %"),
        "adjusting": _("Moving"),
        "added": _("Added {amount}"),
        "reduced": _("Closed {amount}"),
        "adjusted": _("Moved"),
        "not_added": _("Not added"),
        "not_reduced": _("Not reduced"),
        "not_adjusted": _("Not moved"),
        "sent_of": _("{executed} of {quantity} {base}"),
        "orders_of": _("{count} of {slices} orders"),
    }
