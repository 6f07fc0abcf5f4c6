"""Which events are told outside the pages. The rest stays in the journal."""

from desk.event_kinds import EventKind

TOLD = frozenset(
    {
        EventKind.ENTRY_INTENDED,
        EventKind.ENTRY_FILLED,
        EventKind.ENTRY_UNFILLED,
        EventKind.STOP_PLACED,
        EventKind.TAKE_PROFIT_PLACED,
        EventKind.POSITION_UNPROTECTED,
        EventKind.POSITION_CLOSING,
        EventKind.POSITION_CLOSED,
        EventKind.ORDER_REFUSED,
        EventKind.REPAIRED,
        EventKind.FOREIGN_FOUND,
        EventKind.LEDGER_DIFFERS,
        EventKind.SWITCHED,
    }
)
