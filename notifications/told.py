"""Which events are told outside the pages, and where. The rest stays in the journal."""

from collections.abc import Mapping

from desk.event_kinds import EventKind
from notifications.models import Channel

TOLD = frozenset(
    {
        EventKind.SIGNAL_FOUND,
        EventKind.ADVICE_GIVEN,
        EventKind.SIGNAL_REFUSED,
        EventKind.SCAN_MISSED,
        EventKind.SCAN_INCOMPLETE,
        EventKind.SETTINGS_INVALID,
        EventKind.ENTRY_INTENDED,
        EventKind.ENTRY_FILLED,
        EventKind.ENTRY_UNFILLED,
        EventKind.STOP_PLACED,
        EventKind.TAKE_PROFIT_PLACED,
        EventKind.TAKE_PROFIT_JUDGED,
        EventKind.POSITION_UNPROTECTED,
        EventKind.OWNER_PAGED,
        EventKind.POSITION_CLOSING,
        EventKind.POSITION_CLOSED,
        EventKind.LEG_REQUESTED,
        EventKind.CHANGE_REFUSED,
        EventKind.CHANGE_DONE,
        EventKind.CHANGE_FAILED,
        EventKind.SLIPPAGE_HIGH,
        EventKind.ORDER_REFUSED,
        EventKind.ORDER_UNKNOWN,
        EventKind.DAILY_LOSS_REACHED,
        EventKind.REPORT,
        EventKind.REPAIRED,
        EventKind.FOREIGN_FOUND,
        EventKind.ADOPTED,
        EventKind.ADOPTION_REFUSED,
        EventKind.MEMORY_HIGH,
        EventKind.PROCESS_RESTARTED,
        EventKind.LEDGER_DIFFERS,
        EventKind.RIVAL_FOUND,
        EventKind.KEY_REFUSED,
        EventKind.SETTINGS_CHANGED,
        EventKind.VARIANT_PROMOTED,
        EventKind.SWITCHED,
        EventKind.RISK_SETTINGS_CHANGED,
        EventKind.BREAKER_TRIPPED,
        EventKind.BREAKER_ENDED,
        EventKind.BREAKER_RESET,
        EventKind.EMERGENCY_STOP,
        EventKind.EMERGENCY_STOP_REPORT,
    }
)

# What a person has to look at; a mailbox is not for the rest.
URGENT = frozenset(
    {
        EventKind.POSITION_UNPROTECTED,
        EventKind.OWNER_PAGED,
        EventKind.DAILY_LOSS_REACHED,
        EventKind.FOREIGN_FOUND,
        EventKind.LEDGER_DIFFERS,
        EventKind.RIVAL_FOUND,
        EventKind.KEY_REFUSED,
    }
)

TOLD_ON: Mapping[Channel, frozenset[EventKind]] = {Channel.TELEGRAM: TOLD, Channel.EMAIL: URGENT}
