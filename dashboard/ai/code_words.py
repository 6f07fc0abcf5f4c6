"""Words for the codes that the adviser's rows store, in the active language."""

from django.utils.translation import gettext_lazy as _

from desk.vocabulary import Words

ACTIONS: Words = {
    "LONG": _("open long"),
    "SHORT": _("open short"),
    "ADD": _("add"),
    "REDUCE": _("reduce"),
    "ADJUST": _("move exits"),
    "CLOSE": _("close position"),
    "HOLD": _("hold"),
}
REGIMES: Words = {
    "trending_up": _("rising trend"),
    "trending_down": _("falling trend"),
    "ranging": _("ranging"),
    "volatile": _("volatile"),
    "quiet": _("quiet"),
    "unknown": _("unknown"),
}
NARRATIVES: Words = {
    "strong_trend_up": _("strong trend up"),
    "strong_trend_down": _("strong trend down"),
    "testing_support": _("testing support"),
    "testing_resistance": _("testing resistance"),
    "consolidating": _("consolidating"),
    "pullback": _("pullback"),
    "bounce": _("bounce"),
    "neutral": _("neutral"),
}
LEVEL_SOURCES: Words = {
    "1h_swing": _("turning point (1 h)"),
    "15m_swing": _("turning point (15 min)"),
    "1h_ema_21": _("EMA 21 (1 h)"),
    "1h_ema_50": _("EMA 50 (1 h)"),
    "15m_band": _("band (15 min)"),
    "wall": _("wall in the book"),
}
RUNGS: Words = {
    "full": _("in full"),
    "skip_idle": _("only what is held or has changed"),
    "short": _("short prompts"),
    "cheap": _("cheapest model"),
    "rules": _("rules, no model"),
}
# Why a decision is a hold that was not asked for.
REASONS: Words = {
    "confidence_below_minimum": _("confidence below the minimum"),
    "params_missing": _("no numbers for the entry"),
    "stop_loss_missing": _("no stop named"),
    "take_profit_missing": _("no take-profit named"),
    "size_missing": _("no size named"),
    "leverage_missing": _("no leverage named"),
    "exits_on_wrong_side": _("stop and take-profit on the wrong sides"),
    "nothing_to_adjust": _("nothing to move"),
    "too_long": _("the answer is too long"),
    "no_object": _("no decision in the answer"),
    "truncated": _("the answer breaks off"),
    "invalid_json": _("the answer cannot be read"),
    "outside_schema": _("the answer is not of the agreed form"),
    "wrong_symbol": _("an answer about another contract"),
    "action_not_allowed": _("an action that is not open now"),
    "too_late": _("worked too late, for another market"),
    "not_open": _("the position is not open"),
    "symbol": _("an answer about another contract"),
    "no_position": _("a position is held already"),
    "position": _("no position is held"),
    "data": _("data missing or stale"),
    "plan": _("not what the plan has in mind"),
    "plan_zone": _("too far from the plan's zone"),
    "balance": _("nothing available"),
    "max_size": _("too large a share of the balance"),
    "cooldown": _("the contract rests after its last close"),
    "exits": _("stop and take-profit on the wrong sides"),
    "stop_distance": _("the stop is too close or too far"),
    "reward_risk": _("too little reward for the risk"),
    "size": _("no size is left within the limits"),
    "exposure": _("the account carries too much"),
    "max_loss": _("too much would be lost at the stop"),
    "reduce_in_loss": _("part closes are for positions in loss"),
    "stop_tightens": _("it would loosen the stop"),
    "stop_behind_price": _("the price stands beyond the stop already"),
    "target_beyond_price": _("the price stands beyond the take-profit already"),
}
CLAMPS: Words = {
    "size_capped": _("size capped"),
    "leverage_floored": _("leverage rounded down"),
    "add_percent_default": _("share to add: the desk's own"),
    "add_percent_clamped": _("share to add bounded"),
    "reduce_percent_default": _("share to take off: the desk's own"),
    "reduce_percent_clamped": _("share to take off bounded"),
}
REPAIRS: Words = {
    "thinking_removed": _("thinking aloud cut off"),
    "text_around_removed": _("text around the answer cut off"),
    "nulls_dropped": _("empty numbers left out"),
    "empty_params_dropped": _("empty list of numbers left out"),
}
PARAMS: Words = {
    "positionSizePercent": _("size, % of the balance"),
    "leverage": _("leverage"),
    "stopLossPrice": _("stop"),
    "takeProfitPrice": _("take-profit"),
    "orderType": _("type"),
    "addPercent": _("added, % of the position"),
    "reducePercent": _("taken off, % of the position"),
}
FAILURES: Words = {
    "timeout": _("no answer in time"),
    "deadline": _("no time left"),
    "no_money": _("no money left"),
    "rate_limited": _("asked to wait"),
    "unreadable": _("an unreadable answer"),
    "refused": _("refused to answer"),
    "empty": _("an empty answer"),
    "unreachable": _("not to be reached"),
    "connection_lost": _("connection lost"),
    "not_sendable": _("cannot be sent"),
    "not_the_protocol": _("not the provider's protocol"),
    "http_401": _("the key is refused"),
    "http_402": _("the provider's account is empty"),
    "http_403": _("not allowed with this key"),
    "http_404": _("no such model"),
    "http_500": _("the provider has failed"),
    "http_502": _("the provider has failed"),
    "http_503": _("the provider is overloaded"),
    "http_529": _("the provider is overloaded"),
}
PROVIDERS: Words = {"rules": _("rules"), "none": _("nobody")}
TRIGGERS: Words = {"closes": _("fifty closes"), "daily": _("a day has passed")}
GROUPINGS: Words = {"symbol": _("By contract"), "regime": _("By regime"), "operation": _("By way of working")}
OPERATIONS: Words = {
    "plain": _("neither added nor reduced"),
    "added": _("added"),
    "reduced": _("reduced"),
    "added_and_reduced": _("added and reduced"),
}
# What a model was shown, by block.
BLOCKS: Words = {
    "market": _("Market"),
    "account": _("Account"),
    "position": _("Position"),
    "operations": _("Work on the position"),
    "other_positions": _("Other positions"),
    "streak": _("Streak"),
    "plan": _("Plan"),
    "context": _("Outside sources"),
}
INTENTS: Words = {
    "enter": _("entry"),
    "add": _("add"),
    "reduce": _("reduce"),
    "adjust": _("move exits"),
    "close": _("close position"),
}
# What was asked of an answer before anything was sent.
LIMITS: Words = {
    "symbol": _("contract"),
    "no_position": _("nothing held yet"),
    "position": _("a position is held"),
    "data": _("data whole and fresh"),
    "plan": _("as the plan has it"),
    "plan_zone": _("distance from the plan's zone"),
    "balance": _("available balance"),
    "max_leverage": _("leverage"),
    "max_size": _("size, % of the balance"),
    "max_positions": _("positions at once"),
    "max_entries_per_day": _("entries a day"),
    "daily_loss": _("result of the day"),
    "cooldown": _("minutes of rest left"),
    "exits": _("exits on their sides"),
    "stop_distance": _("stop distance"),
    "reward_risk": _("reward to risk"),
    "size": _("size that is left"),
    "exposure": _("exposure, % of equity"),
    "max_loss": _("loss at the stop, % of equity"),
    "max_adds": _("adds"),
    "add_gain": _("gain before an add, %"),
    "add_multiple": _("size after the add, of the first"),
    "max_reduces": _("part closes"),
    "reduce_in_loss": _("gain before a part close, %"),
    "stop_tightens": _("the stop comes closer"),
    "stop_behind_price": _("the stop lies behind the price"),
    "target_beyond_price": _("the take-profit lies beyond the price"),
}
# What made a size as small as it is.
SIZE_BOUNDS: Words = {
    "asked": _("as asked"),
    "half_kelly": _("by the record"),
    "max_size": _("by the largest share"),
    "max_loss": _("by the loss at the stop"),
}
ORDER_TYPES: Words = {"MARKET": _("at market"), "LIMIT": _("limit")}
# Facts and numbers by name, where the pages show them one by one.
FACTS: Words = {
    "price": _("price"),
    "mark_price": _("mark price"),
    "change_24h_pct": _("24 h change, %"),
    "funding_rate": _("funding rate"),
    "regime": _("regime"),
    "confluence": _("agreement of the timeframes"),
    "equity": _("equity"),
    "available": _("available"),
    "exposure_percent": _("exposure, % of equity"),
    "positions": _("positions"),
    "entries_today": _("entries today"),
    "side": _("side"),
    "direction": _("direction"),
    "quantity": _("quantity"),
    "entry_price": _("entry"),
    "stop_loss": _("stop"),
    "take_profit": _("take-profit"),
    "stop_price": _("stop"),
    "take_profit_price": _("take-profit"),
    "pnl_percent": _("gain on the margin, %"),
    "leverage": _("leverage"),
    "adds": _("adds"),
    "reduces": _("part closes"),
    "size_pct": _("size, % of the balance"),
    "share_pct": _("share of the position, %"),
    "bound_by": _("bound by"),
    "confidence": _("confidence"),
    "atr": _("true range"),
    "position": _("position"),
    "signal": _("signal"),
    "closing": _("closing position"),
    "changes": _("changes"),
    "status": _("state"),
    "bias": _("view"),
    "thesis": _("thesis"),
    "symbol": _("contract"),
    "kind": _("kind"),
    "at": _("time"),
}
