"""The closed list of what can happen, each with the sentence that tells it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EventKind(TextChoices):
    """Values are stored; labels are templates for desk.narration, filled from symbol and facts."""

    SYSTEM_STARTED = "system_started", _("Desk set up in {environment}")
    SCAN_FINISHED = (
        "scan_finished",
        _("Scan of {symbols} contracts: {signals} new signals, highest ratio {highest_ratio}"),
    )
    SCAN_MISSED = "scan_missed", _("The scan of {hour} was missed: too late to act on it")
    SCAN_INCOMPLETE = (
        "scan_incomplete",
        _("The scan of {hour} lacks {missing} of {symbols} contracts after {attempts} attempts: {names}"),
    )
    SIGNAL_FOUND = "signal_found", _("{symbol}: sell volume {ratio} times its hourly mean at {price}")
    ADVICE_GIVEN = "advice_given", _("{symbol}: {provider} advises {direction} at {price}, confidence {confidence}")
    CANDIDATE_REPEATED = "candidate_repeated", _("{symbol}: another surge ({ratio} times) on a day that has its signal")
    SIGNAL_REFUSED = "signal_refused", _("{symbol}: signal refused, {reason}")
    ENTRY_INTENDED = "entry_intended", _("{symbol}: decided to {side} {quantity} at {price}, margin {margin} USDT")
    ORDER_SENT = "order_sent", _("{symbol}: {purpose} order sent")
    ORDER_ACCEPTED = "order_accepted", _("{symbol}: {purpose} order accepted in {latency_ms} ms")
    ORDER_REFUSED = "order_refused", _("{symbol}: {purpose} order refused, {reason}")
    ORDER_UNKNOWN = "order_unknown", _("{symbol}: outcome of the {purpose} order is unknown, asking")
    ORDER_RESOLVED = "order_resolved", _("{symbol}: the {purpose} order turned out {status}")
    ORDER_ENDED = "order_ended", _("{symbol}: {purpose} order {status}")
    ENTRY_FILLED = "entry_filled", _("{symbol}: {quantity} filled at {price}")
    EXIT_FILLED = "exit_filled", _("{symbol}: {quantity} closed at {price}, result {realized_pnl} USDT")
    STOP_PLACED = "stop_placed", _("{symbol}: stop at {price}, {seconds} s after the fill")
    TAKE_PROFIT_PLACED = "take_profit_placed", _("{symbol}: take-profit at {price}")
    POSITION_UNPROTECTED = "position_unprotected", _("{symbol}: NO STOP, {reason}")
    LADDER_CLIMBED = "ladder_climbed", _("{symbol}: stop refused ({reason}); next: {rung}")
    OWNER_PAGED = "owner_paged", _("{symbol}: NO STOP and no close for {quantity}, {reason}: act at the exchange now")
    POSITION_CLOSING = "position_closing", _("{symbol}: closing at market, {reason}")
    POSITION_CLOSED = "position_closed", _("{symbol}: closed, {reason}, result {result} USDT")
    ENTRY_UNFILLED = "entry_unfilled", _("{symbol}: entry not filled in time and cancelled")
    TAKE_PROFIT_JUDGED = (
        "take_profit_judged",
        _("{symbol}: judged {strength} after {check}, take-profit now {ratio_pct} % ({reason})"),
    )
    DAILY_LOSS_REACHED = "daily_loss_reached", _("{bot}: today's result {result} USDT, limit {limit}: no new entries")
    LEG_REQUESTED = "leg_requested", _("{symbol}: {author} asks for {what} {price}")
    STOP_BY_PRICE_PAID = (
        "stop_by_price_paid",
        _("{symbol}: entered at {paid} instead of {decided}, stop wanted at {price}"),
    )
    CHANGE_REQUESTED = "change_requested", _("{symbol}: {author} asks for {change}")
    CHANGE_REFUSED = "change_refused", _("{symbol}: {change} refused, {reason}")
    CHANGE_DONE = "change_done", _("{symbol}: {change} is done")
    EXECUTION_ENDED = (
        "execution_ended",
        _("{symbol}: {purpose} {style}: {executed} of {quantity} filled, {ending}"),
    )
    CHANGE_FAILED = "change_failed", _("{symbol}: {change} came to nothing, {reason}")
    SLIPPAGE_HIGH = (
        "slippage_high",
        _("{symbol}: {purpose} filled {slippage_bps} bps worse than decided, limit {limit}"),
    )
    SETTINGS_CHANGED = "settings_changed", _("{bot}: settings version {number} by {author}: {changes}")
    SETTINGS_INVALID = (
        "settings_invalid",
        _("{symbol}: settings version {number} of {bot} is not valid; its time limit of {hours} h holds"),
    )
    REPORT = (
        "report",
        _(
            "Balance {balance} USDT ({difference} since yesterday), today {result}, unrealised {unrealized}, "
            "{positions} positions, {entries} entries today"
        ),
    )
    REPAIRED = "repaired", _("{symbol}: repaired, {what}")
    FOREIGN_FOUND = "foreign_found", _("{symbol}: not ours, {what}; left alone")
    RIVAL_FOUND = (
        "rival_found",
        _("Another Duo-Live ({nonce}) trades on this account, {client_order_id}: {standing}"),
    )
    KEY_REFUSED = "key_refused", _("The exchange refuses the key of account {name}: its fills are not heard of")
    ADOPTED = "adopted", _("{symbol}: {author} had {quantity} taken over, stop wanted at {price}")
    ADOPTION_REFUSED = "adoption_refused", _("{symbol}: not taken over, {why}")
    MEMORY_HIGH = "memory_high", _("Process {process} holds {used_mib} MiB of memory; from {limit_mib} it is restarted")
    PROCESS_RESTARTED = "process_restarted", _("Process {process} is restarted: it holds {used_mib} MiB of memory")
    LEDGER_DIFFERS = "ledger_differs", _("Books differ from the exchange by {difference} USDT: {rows}")
    RISK_SETTINGS_CHANGED = "risk_settings_changed", _("Risk settings version {number} by {author}: {changes}")
    BREAKER_TRIPPED = "breaker_tripped", _("Breaker: {cause} {value}, limit {limit}; now {tier}")
    BREAKER_ENDED = "breaker_ended", _("Breaker: {cause} is over; now {tier}")
    BREAKER_RESET = "breaker_reset", _("Breaker reset by {author}: {reason}; now {tier}")
    EMERGENCY_STOP = "emergency_stop", _("Emergency stop by {author}: closing {count} positions, halted until reset")
    EMERGENCY_STOP_REPORT = "emergency_stop_report", _("Emergency stop: {closed} closed, {left} not: {results}")
    VARIANT_PROMOTED = "variant_promoted", _("{bot}: {variant} decides from now on, by {author}: {reason}")
    SWITCHED = "switched", _("{bot}: auto-trade switched {state} by {author}")
    WATCHDOG_CHECKS_STOPPED = (
        "watchdog_checks_stopped",
        _("Watchdog: no check of the positions for {seconds} s; stops at the exchange go on, the desk does not"),
    )
    WATCHDOG_UNPROTECTED = "watchdog_unprotected", _("Watchdog: {symbol}: NO STOP at the exchange for {seconds} s")
    WATCHDOG_BLIND = "watchdog_blind", _("Watchdog: the exchange has not answered for {seconds} s")
    WATCHDOG_LOOP_STOPPED = (
        "watchdog_loop_stopped",
        _("Watchdog: {loop} has stopped for {seconds} s while the checks of the positions go on"),
    )
    WATCHDOG_OVER = "watchdog_over", _("Watchdog: right again: {trouble} {symbol}")
    WATCHDOG_CANCELLED = "watchdog_cancelled", _("Watchdog: the desk is dead; entries cancelled: {orders}")


def event_kind_choices() -> list[tuple[str, object]]:
    """For the column, by reference: a new kind of event is no change of the database."""
    return list(EventKind.choices)
