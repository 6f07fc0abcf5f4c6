"""The words of the pages behind the overview, for their scripts."""

from typing import Any

from django.utils.translation import gettext as _

from dashboard import case_words
from dashboard.ai.page_words import ai_words
from dashboard.lab_words import change_words, lab_words
from dashboard.position_words import position_words
from desk import vocabulary
from trading.core.states import Purpose


def page_words() -> dict[str, Any]:
    """Evaluated at each request; ``{name}`` is filled in by the scripts."""
    return {
        "purpose": {str(choice.value): str(choice.label) for choice in Purpose},
        "refusal": {code: str(text) for code, text in vocabulary.REFUSALS.items()},
        "side": {code: str(text) for code, text in vocabulary.SIDES.items()},
        "case_state": {str(code): str(text) for code, text in case_words.STATES.items()},
        "trade_outcome": {"won": _("won"), "lost": _("lost")},
        **_of_actions(),
        **_of_cancelling(),
        **position_words(),
        **_of_lists(),
        **_of_cases(),
        **_of_settings(),
        **_of_orders(),
        **_of_order_types(),
        **_of_what_if(),
        **_of_risk(),
        **lab_words(),
        **change_words(),
        **ai_words(),
    }


def _of_actions() -> dict[str, str]:
    return {
        "cancel": _("Cancel"),
        "trading_password": _("Trading password"),
        "no_answer": _("The desk does not answer. Nothing is known of this wish; look before you repeat it."),
        "chart": _("Chart"),
        "case": _("Case"),
        "positions": _("Positions"),
        "close": _("Close"),
        "adopt": _("Take over"),
        "adopt_title": _("Take over {symbol}?"),
        "adopt_note": _(
            "The bot for positions by hand protects and manages it from now on, with a stop at this distance from its "
            "average price. Orders of others on it stay."
        ),
        "adopt_asked": _("{symbol} is being taken over"),
        "close_title": _("Close {symbol}?"),
        "close_note": _("At market, for whatever is open. The stop stands until the position is flat."),
        "close_action": _("Close {amount} at market"),
        "close_asked": _("{symbol} is being closed"),
        "result_now": _("result at the mark"),
        "result_there": _("result there"),
        "from_mark": _("from the mark"),
        "move_stop": _("Move stop"),
        "stop_title": _("Stop of {symbol}"),
        "stop_note": _("The new stop is placed before the old one goes: there is no moment without one."),
        "stop_asked": _("Stop wanted at {price}"),
        "move_take_profit": _("Move take-profit"),
        "take_profit_title": _("Take-profit of {symbol}"),
        "take_profit_note": _("It is then yours: the bot judges it no more."),
        "take_profit_asked": _("Take-profit wanted at {price}"),
    }


def _of_cancelling() -> dict[str, str]:
    return {
        "cancel_entry": _("Cancel entry"),
        "cancel_entry_title": _("Cancel the entry on {symbol}?"),
        "cancel_entry_note": _("What has filled by then stays a position, with its stop."),
        "cancel_asked": _("The entry on {symbol} is being cancelled"),
        "cancel_rest": _("Cancel the rest"),
        "cancel_rest_title": _("Cancel the rest of the orders on {symbol}?"),
        "cancel_rest_note": _("No further order leaves. What has filled by then stays a position, with its stop."),
        "cancel_rest_busy": _("no further order leaves"),
        "cancel_rest_asked": _("The rest on {symbol} is being cancelled"),
    }


def _of_lists() -> dict[str, str]:
    return {
        "newer": _("newer"),
        "older": _("older"),
        "page_of": _("{number} of {pages}"),
        "no_match": _("Nothing matches."),
        "no_match_why": _("Take a filter away to see more."),
        "trades_count": _("{count} trades"),
        "signals_count": _("{count} signals"),
        "won_share": _("{percent} % won"),
        "price_now": _("now {price}"),
        "change_24h": _("24 h {change}"),
        "no_signals_page": _(
            "A scan after each full hour looks at every contract; a surge in sell volume becomes a signal."
        ),
        "no_orders": _("No order is working."),
        "no_orders_why": _("Entries, stops and take-profits stand here while the exchange holds them."),
        "at_market": _("at market"),
        "whatever_is_open": _("whatever is open"),
    }


def _of_cases() -> dict[str, str]:
    return {
        "step_known": _("known"),
        "step_decided": _("decided"),
        "step_sent": _("sent"),
        "step_answered": _("answered"),
        "no_steps": _("Nothing is on record of this case yet."),
        "no_steps_why": _("Its steps are told here as they happen."),
        "open_chart": _("Open chart"),
        "surge": _("surge"),
        "charts_by": _("Charts by TradingView"),
        "no_bars": _("There are no candles of {symbol}."),
        "no_trades_here": _("{symbol} was not traded yet."),
        "why_link": _("Why? All cases of {symbol}"),
        "why_title": _("Why {symbol}?"),
        "why_seen": _("The scan of the hour from {time} saw a ratio of {ratio}; a signal needs {threshold}."),
        "why_unseen": _("The last scan has no number of this contract."),
        "why_ratio": _("surge of {ratio} times"),
        "why_by_hand": _("order by hand"),
        "no_cases": _("The desk never had a reason to look at {symbol} closely."),
        "no_cases_why": _("A case begins with a signal or an order by hand; refused signals are cases too."),
    }


def _of_settings() -> dict[str, str]:
    return {
        "on": _("on"),
        "off": _("off"),
        "range": _("{low} to {high}"),
        "range_from": _("from {low}"),
        "was": _("was {value}"),
        "usual": _("usually {value}"),
        "discard": _("Discard"),
        "changes_count": _("Changed: {count}"),
        "save_version": _("Save as version {number}"),
        "save_title": _("Change the settings of {bot}?"),
        "save_note": _("In force from the next decision on. Open positions keep their stop and take-profit."),
        "saved": _("Version {number} is in force"),
        "in_force": _("in force"),
        "version_of": _("{bot}, version {number}"),
        "switch_on": _("Switch auto-trade on"),
        "switch_off": _("Switch auto-trade off"),
        "switch_on_title": _("Let {bot} trade by itself?"),
        "switch_on_note": _("From the next signal on it enters without asking, inside these limits."),
        "auto_on_why": _("Signals that pass the filters are entered. Switching off stops new entries only."),
        "auto_off_why": _("Signals are found and judged, nothing is entered. Open positions are managed all the same."),
        "not_allowed": _("not allowed: {range}"),
        "no_bots": _("No bot is set up."),
        "no_bots_why": _("The desk makes one with its first account."),
    }


def _of_orders() -> dict[str, str]:
    return {
        "order_action": _("Place order"),
        "order_title": _("{symbol}: open {side}?"),
        "sell_market": _("Sell {amount} at market"),
        "buy_market": _("Buy {amount} at market"),
        "sell_limit": _("Sell {amount} at {price}"),
        "buy_limit": _("Buy {amount} at {price}"),
        "sell_limit_then_market": _("Sell {amount} at {price}, then at market"),
        "buy_limit_then_market": _("Buy {amount} at {price}, then at market"),
        "sell_twap": _("Sell {amount} in slices"),
        "buy_twap": _("Buy {amount} in slices"),
        "order_taken": _("order taken"),
        "order_taken_why": _("It is written down and goes to the exchange within a moment."),
        "order_filled": _("position open"),
        "order_over": _("over"),
        "order_over_why": _("It is not open any more, or nothing was filled in its time; its case tells how it went."),
        "follow_case": _("Follow its case"),
    }


def _of_order_types() -> dict[str, str]:
    return {
        "type_market": _("One order at the price of the moment."),
        "type_limit": _("One order that waits at its price for ten minutes; what has filled by then stays."),
        "type_limit_then_market": _(
            "Waits at its price for {seconds} s; the rest then goes at market, at most {slippage} % from the middle of "
            "the book."
        ),
        "type_twap": _(
            "{slices} parts over {minutes} min, each at market, at most {slippage} % from the middle of the book."
        ),
    }


def _of_what_if() -> dict[str, str]:
    return {
        "last_price": _("last price"),
        "limit": _("limit"),
        "leverage": _("leverage"),
        "lowered": _("{leverage}×, lowered: the stop must lie before liquidation"),
        "loss_at_stop": _("loss at the stop"),
        "of_available": _("of the available balance"),
        "gap_loss": _("loss if the price gaps {gap} % beyond the stop"),
        "liquidation_at": _("liquidation price"),
        "entry_fee": _("fee of the entry"),
        "tightest_limit": _("tightest limit"),
        "limit_room": _("{limit}: {room} USDT left"),
        "more_than_available": _("The margin is more than what is available; the exchange will refuse it."),
        "least_margin": _("Use the least: {amount} USDT"),
        "least_quantity": _("Use the least: {amount}"),
        "what_if_nothing": _("No numbers yet"),
        "what_if_wanting": _("Choose a contract and a size; the desk reckons the rest."),
        "what_if_marked": _("Something in the form is not allowed; it is marked there."),
        "what_if_note": _("At the present price, before fees. The stop is placed with the first fill."),
        "what_if_again": _("Change a number for the next order."),
    }


def _of_risk() -> dict[str, Any]:
    return {
        "tier": {code: str(text) for code, text in vocabulary.TIERS.items()},
        "limit_name": {
            "max_positions": _("Positions at once"),
            "max_entries_per_day": _("Entries a day"),
            "daily_loss": _("Loss a day"),
            "total_exposure": _("Exposure"),
            "bot_margin": _("Margin of the bot"),
        },
        "risk_of": _("{value} of {limit}"),
        "risk_until": _("until"),
        "risk_until_reset": _("until a person resets it"),
        "risk_until_gone": _("until its cause is gone"),
        "risk_losses_in_a_row": _("Losses in a row"),
        "risk_api_failures": _("Failures of the exchange"),
        "risk_ai_failures": _("Failures of the language model"),
        "risk_day_loss": _("Loss today, open positions included"),
        "risk_week_loss": _("Loss this week"),
        "risk_drawdown": _("Below the peak"),
        "risk_reset": _("Reset the breaker"),
        "risk_reset_title": _("Reset the breaker?"),
        "risk_reset_note": _("Counters begin anew, and the losses so far are taken as they are."),
        "risk_reason": _("Reason, kept with it"),
        "risk_stop": _("Emergency stop"),
        "risk_stop_title": _("Close everything at market?"),
        "risk_stop_note": _("Our entries are cancelled, our positions closed; the desk stays halted until a reset."),
        "risk_closed": _("closed"),
        "risk_left_protected": _("not closed, its stop stands"),
        "risk_left_naked": _("not closed, NO STOP"),
        "risk_settings": _("Risk settings"),
        "risk_settings_note": _("In force at the next decision, for every bot of the account."),
    }
