"""The words of the AI bot's pages, for their scripts."""

from typing import Any

from django.utils.translation import gettext as _

from advisor.models import MemoryKind, Outcome, Period, PlanStatus, VariantRole
from dashboard.ai import code_words, context_words
from dashboard.ai.plan_list import BIASES
from desk.vocabulary import Words


def ai_words() -> dict[str, Any]:
    """Evaluated at each request; ``{name}`` is filled in by the scripts."""
    biases = dict(zip(BIASES, (_("rising"), _("falling"), _("undecided")), strict=True))
    return {
        "ai_action": _words(code_words.ACTIONS),
        "ai_regime": _words(code_words.REGIMES),
        "ai_narrative": _words(code_words.NARRATIVES),
        "ai_rung": _words(code_words.RUNGS),
        "ai_clamp": _words(code_words.CLAMPS),
        "ai_block": _words(code_words.BLOCKS),
        "ai_provider": _words(code_words.PROVIDERS),
        "ai_grouping": _words(code_words.GROUPINGS),
        "ai_bias": biases,
        "ai_outcome": _labels(Outcome) | {Outcome.HELD.value: _("nothing done")},
        "ai_memory_kind": _labels(MemoryKind),
        "ai_plan_status": _labels(PlanStatus),
        "ai_role": _labels(VariantRole),
        "ai_period": _labels(Period),
        "ai_intent": _words(code_words.INTENTS),
        "ai_limit": _words(code_words.LIMITS),
        "ai_size_bound": _words(code_words.SIZE_BOUNDS),
        "ai_fact": _words(code_words.FACTS),
        "ai_strategy": {"surge_short": _("surge"), "ai_futures": _("AI"), "manual": _("by hand")},
        "ai_standing": {"ready": _("ready"), "resting": _("resting"), "no_key": _("no key")},
        **_of_timeline(),
        **_of_contracts(),
        **_of_the_bot(),
        **_of_results(),
        **_of_one_decision(),
        **_of_market_then(),
        **_of_records(),
        **_of_money(),
        **_of_variants(),
        **_of_prompt(),
        "ai_context_kind": _words(context_words.KINDS),
        "ai_freshness": _words(context_words.FRESHNESS),
        "ai_reading": _words(context_words.READINGS),
        **_of_context(),
    }


def _words(words: Words) -> dict[str, str]:
    return {code: str(word) for code, word in words.items()}


def _labels(choices: Any) -> dict[str, str]:
    return {str(choice.value): str(choice.label) for choice in choices}


def _of_timeline() -> dict[str, str]:
    return {
        "ai_list_label": _("Decisions, newest first"),
        "ai_decisions_count": _("{count} decisions"),
        "ai_confidence": _("confidence {percent} %"),
        "ai_asked": _("asked to {action}"),
        "ai_clamped": _("bounded"),
        "ai_loading": _("loading"),
        "ai_not_loaded": _("This part could not be loaded."),
        "ai_again": _("Try again"),
        "ai_no_decisions": _("No decision yet."),
        "ai_no_decisions_why": _(
            "The bot looks at what it holds every minute and at the rest of its contracts every five; each look is "
            "told here."
        ),
        "ai_no_executions": _("Nothing was traded yet."),
        "ai_no_executions_why": _("Each fill of the bot's orders is told here."),
    }


def _of_contracts() -> dict[str, str]:
    return {
        "ai_no_prices": _("No prices yet: the exchange has not been asked."),
        "ai_held": _("in position"),
        "ai_due": _("next look"),
        "ai_never_looked": _("not looked at yet"),
        "ai_failures": _("failed {count} times"),
    }


def _of_the_bot() -> dict[str, str]:
    return {
        "ai_no_bot": _("No AI bot is set up."),
        "ai_no_bot_why": _("A bot of the strategy ai_futures decides here; the demo has one."),
        "ai_open_of": _("{count} of {limit} positions"),
        "ai_margin_of": _("margin {margin} of {limit}"),
        "ai_margin": _("margin {margin}"),
        "ai_breaker": _("breaker: {tier}"),
        "ai_nothing_held": _("The bot holds nothing."),
        "ai_nothing_held_why": _("It opens a position when an answer passes every limit; most looks end in a hold."),
        "ai_switched_off": _("The bot is switched off: it looks, but opens nothing."),
        "ai_stop": _("Stop the bot"),
        "ai_start": _("Start the bot"),
        "ai_start_note": _(
            "From the next look on it enters without asking, inside its limits and those of the account."
        ),
        "ai_stopped": _("The bot opens nothing more; what it holds is managed all the same."),
    }


def _of_results() -> dict[str, str]:
    return {
        "ai_today": _("today"),
        "ai_total": _("in all"),
        "ai_all_time": _("{count} trades"),
        "ai_no_result": _("No trade is closed yet."),
        "ai_no_result_why": _("The curve adds up what each closed trade of the bot has earned."),
        "ai_curve": _("Result of the bot: from 0 to {to} USDT over {count} trades"),
    }


def _of_one_decision() -> dict[str, str]:
    return {
        "ai_step_seen": _("What was shown"),
        "ai_step_asked": _("What was asked"),
        "ai_step_failed": _("Asked in vain"),
        "ai_step_answered": _("What was answered"),
        "ai_step_bounds": _("What the bounds made of it"),
        "ai_step_decided": _("Decision"),
        "ai_step_verdicts": _("Limits and filters"),
        "ai_step_sent": _("What was sent"),
        "ai_step_result": _("What came of it"),
        "ai_seen_note": _("Facts and numbers exactly as the adviser was given them."),
        "ai_no_prompt": _("Nobody was asked in words: the rules of the desk read the picture themselves."),
        "ai_nothing_kept": _("What was shown is not kept any more."),
        "ai_skipped": _("Skipped: the money for answers runs short, and nothing is held here."),
        "ai_of_desk": _("by the desk itself"),
        "ai_prompt": _("Prompt, {count} characters"),
        "ai_raw": _("Answer as it came"),
        "ai_version": _("template"),
        "ai_tokens_in": _("tokens in"),
        "ai_tokens_out": _("tokens out"),
        "ai_cost": _("cost"),
        "ai_latency": _("answered in"),
        "ai_by": _("decided by"),
        "ai_spent_how": _("asked"),
        "ai_bounds_none": _("Nothing had to be changed."),
        "ai_bound": _("{asked} asked, {given} given"),
        "ai_bound_default": _("{given} given, none asked"),
        "ai_pending": _("Not worked yet; this page follows it."),
        "ai_no_verdicts": _("No limit had to be asked for it."),
        "ai_nothing_sent": _("Nothing was sent."),
        "ai_inputs_hash": _("inputs"),
        "ai_reasoning_by": _("in the adviser's own words"),
        "ai_allowed": _("actions open then"),
        "ai_all_of": _("Decisions on {symbol}"),
        "ai_shadow_note": _("Only recorded: this variant does not trade."),
        "ai_confidence_label": _("confidence"),
        "ai_regime_label": _("regime"),
        "ai_cost_unknown": _("cost unknown"),
    }


def _of_market_then() -> dict[str, str]:
    return {
        "ai_no_levels": _("No key level within 5 % of the price."),
        "ai_level": _("Level"),
        "ai_price_then": _("price then"),
        "ai_distance": _("Distance"),
        "ai_strength": _("Strength"),
        "ai_strength_of": _("strength {strength} of 3"),
    }


def _of_records() -> dict[str, str]:
    return {
        "ai_plans_count": _("{count} plans"),
        "ai_no_plans": _("No plan yet."),
        "ai_no_plans_why": _("In layered mode the strategic adviser writes one for each contract, every hour or so."),
        "ai_narrative_label": _("what the price was doing"),
        "ai_ended": _("ended"),
        "ai_zone": _("zone"),
        "ai_targets": _("targets"),
        "ai_invalid_beyond": _("invalid beyond"),
        "ai_condition": _("enters on"),
        "ai_expires": _("until"),
        "ai_confirmed": _("confirmed"),
        "ai_memories_count": _("{count} memories"),
        "ai_no_memories": _("Nothing is remembered yet."),
        "ai_no_memories_why": _("Each closed trade of the bot leaves a memory, each review some lessons."),
        "ai_any_regime": _("any regime"),
        "ai_won": _("won"),
        "ai_lost": _("lost"),
        "ai_no_reviews": _("No review yet."),
        "ai_no_reviews_why": _("The bot looks back after fifty closed trades, or after a day with ten."),
        "ai_looked_at": _("{count} trades, {percent} % won"),
        "ai_insights": _("What it found"),
        "ai_advice": _("What it recommends"),
        "ai_nothing_found": _("Nothing worth a word."),
        "ai_counted": _("counted, no model asked"),
        "ai_group_trades": _("Trades"),
        "ai_group_won": _("Won"),
        "ai_group_total": _("Result"),
        "ai_group_factor": _("Profit factor"),
    }


def _of_money() -> dict[str, str]:
    return {
        "ai_spent_of": _("{spent} of {cap} USD"),
        "ai_of_cap": _("of {cap} a day"),
        "ai_this_hour": _("hour {spent}"),
        "ai_this_month": _("month {spent}"),
        "ai_days_label": _("Money for models on each of the last thirty days, {total} USD together"),
        "ai_no_calls": _("No model was asked this month."),
        "ai_no_calls_why": _("Without a provider's key the rules of the desk decide, and cost nothing."),
        "ai_calls": _("{count} calls"),
        "ai_failed_calls": _("{count} failed"),
        "ai_turn": _("asked as number {number}"),
        "ai_rests_until": _("rests until"),
        "ai_last_error": _("last failure"),
        "ai_last_success": _("last success"),
        "ai_mean_latency": _("answers in {ms} ms"),
        "ai_never": _("never asked"),
        "ai_rules_mode": _("The rules of the desk decide; no model is asked."),
        "ai_rules_decided": _("Decided by the rules in the last day: {count}"),
    }


def _of_variants() -> dict[str, str]:
    return {
        "ai_settings_variant": _("as the settings say"),
        "ai_trades_now": _("trades"),
        "ai_agrees": _("{percent} % like the champion"),
        "ai_shared": _("{count} shared inputs"),
        "ai_refused_share": _("{percent} % refused"),
        "ai_promote": _("Promote"),
        "ai_promote_title": _("Let {name} trade?"),
        "ai_promote_note": _("From the next question on it decides. The champion before goes on as a challenger."),
        "ai_promoted": _("{name} trades now"),
        "ai_promote_reason": _("Reason, kept with it"),
        "ai_no_variants": _("There is nothing to compare yet."),
        "ai_no_variants_why": _("A challenger is asked the same as the champion; its answers are only recorded."),
        "ai_decisions_short": _("decisions"),
        "ai_decider": _("Decided by"),
        "ai_imagined": _("imagined trades: {count}, {percent} % won, {mean} % each"),
        "ai_interval": _("95 %: {low} to {high} %"),
        "ai_over_rules": _("against the rules {mean} %"),
        "ai_better": _("better than the rules"),
        "ai_too_few": _("too few for an interval"),
        "ai_per_decision": _("{cost} USD a decision"),
    }


def _of_prompt() -> dict[str, str]:
    return {
        "ai_prompt_first": _("Choose a contract to see what would be asked about it now."),
        "ai_prompt_first_why": _("No model is asked, nothing is spent, and nothing is written."),
        "ai_prompt_failed": _("The prompt could not be made."),
        "ai_tokens": _("tokens, about"),
        "ai_most": _("costs at most"),
        "ai_first_asked": _("asked first"),
        "ai_no_model": _("no model: the rules decide"),
        "ai_missing": _("missing for new risk"),
        "ai_not_asked_now": _("Not asked now: auto-trade is off, the breaker has tripped, or another bot holds it."),
        "ai_system": _("System message"),
        "ai_user": _("Message with the facts"),
        "ai_made_at": _("made at"),
    }


def _of_context() -> dict[str, str]:
    return {
        "ai_context_told": _("{told} of {count} sources told"),
        "ai_context_unreadable": _("The file of sources cannot be read, so nothing of it is told: {error}"),
        "ai_no_context": _("No outside source is configured."),
        "ai_no_context_why": _("The adviser is told the market alone. Sources stand in {file} in the desk's home."),
        "ai_no_context_how": _("The shortest one: {example} It needs no restart; docs/context.md tells the rest."),
        "ai_context_every": _("asked every {time}"),
        "ai_context_up_to": _("told up to {time} old"),
        "ai_context_called": _("calls by itself"),
        "ai_context_never": _("never heard of"),
        "ai_context_part": _("in part"),
        "ai_context_absent": _("not told"),
    }
