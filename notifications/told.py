"""Which events are told outside the pages. The rest stays in the journal."""

from desk.event_kinds import EventKind

TOLD = frozenset(
    {
        EventKind.SIGNAL_FOUND,
        EventKind.SIGNAL_REFUSED,
        EventKind.SCAN_MISSED,
        EventKind.ENTRY_INTENDED,
        EventKind.ENTRY_FILLED,
        EventKind.ENTRY_UNFILLED,
        EventKind.STOP_PLACED,
        EventKind.TAKE_PROFIT_PLACED,
        EventKind.TAKE_PROFIT_JUDGED,
        EventKind.POSITION_UNPROTECTED,
        EventKind.POSITION_CLOSING,
        EventKind.POSITION_CLOSED,
        EventKind.LEG_REQUESTED,
        EventKind.ORDER_REFUSED,
        EventKind.ORDER_UNKNOWN,
        EventKind.DAILY_LOSS_REACHED,
        EventKind.REPORT,
        EventKind.REPAIRED,
        EventKind.FOREIGN_FOUND,
        EventKind.LEDGER_DIFFERS,
        EventKind.SETTINGS_CHANGED,
        EventKind.SWITCHED,
    }
)
