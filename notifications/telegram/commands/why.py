"""/why: the newest case file of a contract, step by step."""

from django.utils.translation import gettext as _

from desk.narration import refusal
from desk.vocabulary import FILTERS
from notifications.telegram.commands.parsing import symbol
from notifications.telegram.moment import Moment
from risk.verdict import Outcome
from signals.selectors import signals
from trading.case_file import latest_cases
from trading.case_story import Step, StepKind
from trading.selectors import positions

NEWEST = 30  # steps of a long trade; the answer must fit into one message
NAMED = 10  # contracts offered instead of one without a case


def why(arguments: tuple[str, ...], moment: Moment) -> str:
    name = symbol(arguments[0])
    cases = latest_cases(name, limit=1)
    if not cases:
        return _unknown(name)
    passed = [step for step in cases[0].steps if _is_passed_filter(step)]
    told = [step for step in cases[0].steps if not _is_passed_filter(step)]
    lines = [f"{step.at:%m-%d %H:%M:%S} {_said(step)}" for step in told[-NEWEST:]]
    if passed:
        lines.append(_("{count} filters passed.").format(count=len(passed)))
    return "\n".join([_heading(name, count=len(told)), *lines])


def _heading(name: str, *, count: int) -> str:
    if count <= NEWEST:
        return name
    return _("{symbol}, the last {shown} of {count} steps").format(symbol=name, shown=NEWEST, count=count)


def _is_passed_filter(step: Step) -> bool:
    return step.kind is StepKind.FILTER and step.outcome == Outcome.PASS


def _said(step: Step) -> str:
    """An event's sentence; a filter that did not pass with its name and reason."""
    if step.kind is not StepKind.FILTER:
        return step.sentence
    filter_name = next((fact.value for fact in step.decided if fact.name == "filter"), "")
    reason = refusal(code=f"filter_{filter_name}", reason=step.sentence) or step.outcome
    return _("filter {filter}: {reason}").format(filter=FILTERS.get(filter_name, filter_name), reason=reason)


def _unknown(name: str) -> str:
    decided = [*signals().order_by("-found_at").values_list("symbol", flat=True)[:50]]
    decided += positions().order_by("-created_at").values_list("symbol", flat=True)[:50]
    names = list(dict.fromkeys(decided))[:NAMED]
    if not names:
        return _("Nothing was decided yet on any contract.")
    return _("Nothing was decided on {symbol} yet. Lately: {names}.").format(symbol=name, names=", ".join(names))
