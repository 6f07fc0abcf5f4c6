"""``decisions`` and ``variants``: what the adviser decided, and which way of asking it is the better one."""

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from advisor.comparison import as_row, compare
from advisor.models import Decision, Variant, VariantRole
from advisor.prompts.render import VERSIONS
from advisor.variants import promote
from desk.models import Bot, accounts_of_this_environment
from duolive.cli.asking import require_yes
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError, ExitCode, Unfavourable
from duolive.cli.output import Output
from trading.advised.replaying import Replayed, replay_decision

AUTHOR = "cli"
LEAST_REASON = 3
DECISION_COLUMNS = {
    "id": "id",
    "at": "at (UTC)",
    "symbol": "symbol",
    "action": "action",
    "asked": "asked",
    "confidence": "confidence",
    "outcome": "outcome",
    "provider": "by",
    "reason": "reason",
}
VARIANT_COLUMNS = {
    "variant": "variant",
    "role": "role",
    "provider": "by",
    "trades": "trades",
    "wins": "wins",
    "mean": "mean",
    "low": "from",
    "high": "to",
    "over_rules": "over rules",
    "over_rules_low": "from",
    "over_rules_high": "to",
}


def decisions(options: Namespace, output: Output) -> None:
    """List, show or replay."""
    require_desk()
    if options.action == "list":
        _list(options, output)
        return
    if not options.ids:
        raise CommandError(f"Which decision? decisions {options.action} ID.", ExitCode.USAGE)
    rows = [_decision(number) for number in options.ids]
    if options.action == "show":
        for row in rows:
            _show(row, output)
        return
    _replay(rows, output)


def _ours() -> Any:
    return Decision.objects.filter(bot__account__in=accounts_of_this_environment())


def _decision(number: int) -> Decision:
    found: Decision | None = _ours().select_related("bot", "variant", "plan").filter(pk=number).first()
    if found is None:
        raise CommandError(f"There is no decision {number}.")
    return found


def _list(options: Namespace, output: Output) -> None:
    found = _ours()
    if options.symbol:
        found = found.filter(symbol=options.symbol)
    if options.outcome:
        found = found.filter(outcome=options.outcome)
    rows = [_facts(row) for row in found[: options.count]]
    output.result({"decisions": rows})
    output.table(DECISION_COLUMNS, rows)


def _facts(row: Decision) -> dict[str, Any]:
    return {
        "id": row.pk,
        "at": row.at,
        "symbol": row.symbol,
        "action": row.action,
        "asked": row.asked_action,
        "confidence": row.confidence,
        "outcome": row.outcome,
        "provider": row.provider,
        "reason": row.reason,
    }


def _show(row: Decision, output: Output) -> None:
    whole = {
        **_facts(row),
        "case": str(row.case),
        "model": row.model,
        "rung": row.rung,
        "latency_ms": row.latency_ms,
        "cost_usd": row.cost,
        "clamps": row.clamps,
        "repairs": row.repairs,
        "verdicts": row.verdicts,
        "intents": row.intents,
        "result": row.result,
        "parsed": row.parsed,
        "raw_answer": row.raw_answer,
    }
    output.result(whole)
    for name, value in whole.items():
        output.line(f"{name}: {value}")


def _replay(rows: Sequence[Decision], output: Output) -> None:
    replayed = [(row, replay_decision(row)) for row in rows]
    facts = [_replay_facts(row, found) for row, found in replayed]
    output.result(facts[0] if len(facts) == 1 else {"replayed": facts})
    for row, found in replayed:
        said = "the same as recorded" if found.is_same else f"{len(found.differences)} differences"
        output.line(f"{row.pk} {row.symbol} {found.action}: {said}")
        for intent in found.intents:
            output.line(f"  leads to {intent}")
        if found.refusal:
            output.line(f"  refused: {found.refusal}")
        for difference in found.differences:
            output.line(f"  {difference.where}: {difference.recorded} -> {difference.replayed}")
    if not all(found.is_same for _, found in replayed):
        raise Unfavourable


def _replay_facts(row: Decision, found: Replayed) -> dict[str, Any]:
    return {
        "id": row.pk,
        "symbol": row.symbol,
        "action": found.action,
        "same": found.is_same,
        "judged": found.is_judged,
        "refusal": found.refusal,
        "verdicts": list(found.verdicts),
        "intents": list(found.intents),
        "differences": [difference.as_json() for difference in found.differences],
    }


def variants(options: Namespace, output: Output) -> None:
    """Compare, or change who trades and who is only listened to."""
    require_desk()
    bot = _advised_bot(options.bot)
    if options.action == "add":
        _add(bot, options)
    elif options.action == "promote":
        _promote(_variant(bot, options.name), options, output)
    elif options.action == "retire":
        _retire(_variant(bot, options.name))
    rows = [as_row(measured) for measured in compare(bot)]
    output.result({"bot": bot.name, "variants": rows})
    output.table(VARIANT_COLUMNS, rows)


def _advised_bot(name: str | None) -> Bot:
    found = Bot.objects.filter(account__in=accounts_of_this_environment(), strategy="ai_futures").order_by("pk")
    bot = found.filter(name=name).first() if name else found.first()
    if bot is None:
        raise CommandError(f"No bot that follows advice is called {name!r}." if name else "No bot follows advice.")
    return bot


def _variant(bot: Bot, name: str | None) -> Variant:
    found = Variant.objects.filter(bot=bot, name=name or "").first()
    if found is None:
        names = ", ".join(Variant.objects.filter(bot=bot).values_list("name", flat=True)) or "none"
        raise CommandError(f"Which variant? There are: {names}.", ExitCode.USAGE)
    return found


def _add(bot: Bot, options: Namespace) -> None:
    if not options.name:
        raise CommandError("A variant needs a name: variants add NAME --provider NAME.", ExitCode.USAGE)
    version = options.prompt or VERSIONS[-1]
    if version not in VERSIONS:
        raise CommandError(f"No prompt is called {version}; there are: {', '.join(VERSIONS)}.", ExitCode.USAGE)
    try:
        with transaction.atomic():
            Variant.objects.create(
                bot=bot,
                name=options.name[:60],
                provider=options.provider,
                prompt_version=version,
                language=options.language,
                author=AUTHOR,
                reason=options.reason[:200],
            )
    except IntegrityError as error:
        raise CommandError(f"{bot.name} has a variant called {options.name} already.") from error


def _promote(variant: Variant, options: Namespace, output: Output) -> None:
    if len(options.reason.strip()) < LEAST_REASON:
        raise CommandError("A promotion needs a reason: --reason TEXT.", ExitCode.USAGE)
    require_yes(f"{variant.bot.name}: let {variant.name} trade from now on?", is_given=options.yes, output=output)
    if not promote(variant, author=AUTHOR, reason=options.reason[:200]):
        raise CommandError(f"{variant.name} is no challenger.")


def _retire(variant: Variant) -> None:
    retired = Variant.objects.filter(pk=variant.pk, role=VariantRole.CHALLENGER).update(role=VariantRole.RETIRED)
    if not retired:
        raise CommandError(f"{variant.name} is no challenger.")
