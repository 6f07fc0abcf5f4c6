"""``why``: the case file of a contract, with every number that was known."""

from argparse import Namespace
from dataclasses import asdict
from typing import Any

from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output, shown
from signals.selectors import signals
from trading.case_file import CaseFile, latest_cases
from trading.case_story import Step, StepKind
from trading.selectors import positions

NAMED = 10  # contracts offered instead of one without a case


def why(options: Namespace, output: Output) -> None:
    """The newest cases of a symbol, refused ones among them."""
    require_desk()
    cases = latest_cases(options.symbol, limit=options.count)
    if not cases:
        raise CommandError(_unknown(options.symbol))
    output.result({"cases": [_facts(case) for case in cases]})
    for case in cases:
        output.line(
            f"{case.symbol}, {case.bot.name}, {case.state.value}, began {shown(case.began_at)} UTC, {case.case}"
        )
        for step in case.steps:
            output.line(f"  {shown(step.at)}  {_told(step)}")
            for label, facts in (("known", step.known), ("decided", step.decided), ("sent", step.sent)):
                if facts:
                    output.line(f"{'':<23}{label}: " + ", ".join(f"{fact.name} {fact.value}" for fact in facts))
            if step.answered:
                output.line(f"{'':<23}answered: " + ", ".join(f"{fact.name} {fact.value}" for fact in step.answered))


def _told(step: Step) -> str:
    if step.kind is StepKind.FILTER:
        return f"filter {step.outcome}" + (f": {step.sentence}" if step.sentence else "")
    return step.sentence


def _facts(case: CaseFile) -> dict[str, Any]:
    return {
        "case": str(case.case),
        "symbol": case.symbol,
        "bot": case.bot.name,
        "state": case.state.value,
        "began_at": case.began_at,
        "steps": [asdict(step) for step in case.steps],
        "result": asdict(case.result) if case.result else None,
    }


def _unknown(symbol: str) -> str:
    decided = [*signals().order_by("-found_at").values_list("symbol", flat=True)[:50]]
    decided += positions().order_by("-created_at").values_list("symbol", flat=True)[:50]
    names = ", ".join(list(dict.fromkeys(decided))[:NAMED])
    return f"{symbol}: nothing was decided on it yet. " + (
        f"Lately: {names}." if names else "Nothing was decided at all."
    )
