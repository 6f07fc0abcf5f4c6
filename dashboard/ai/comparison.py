"""Champion and challengers side by side, over what both were asked. Costs in USD."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from advisor.answer import Action
from advisor.comparison import Measured, compare
from advisor.models import Decision, Variant, VariantRole, usd
from advisor.selectors import decisions, variants
from desk.models import Bot

COMPARED = 2000  # newest decisions of a bot
Key = int | None  # of a variant; None: asked by the settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one variant answered. Ratios are shares of 1, None where there is nothing to share out.

    ``agreement_ratio``: same action as the one that trades, over inputs that both saw. ``measured``: its imagined
    trades; None for the settings, which have none.
    """

    variant: Variant | None
    is_champion: bool
    decisions: int
    actions: Mapping[str, int]
    refused_ratio: Decimal | None
    mean_confidence: Decimal | None
    mean_latency_ms: int | None
    cost: Decimal
    shared: int
    agreement_ratio: Decimal | None
    measured: Measured | None


def records(bot: Bot) -> Sequence[Record]:
    """The one that trades, then the challengers, then who has retired. Without a champion the settings trade."""
    known = list(variants().filter(bot=bot))
    champion = next((variant for variant in known if variant.role == VariantRole.CHAMPION), None)
    answered = _answered(bot)
    leader: Key = champion.pk if champion else None
    order = list(VariantRole.values)
    measured = {row.variant.pk: row for row in compare(bot)}
    known.sort(key=lambda variant: (order.index(variant.role), variant.pk))
    rows = [_record(variant, answered, leader=leader, measured=measured.get(variant.pk)) for variant in known]
    is_asked_by_settings = champion is None or None in answered
    return [*([_record(None, answered, leader=leader, measured=None)] if is_asked_by_settings else []), *rows]


def _answered(bot: Bot) -> dict[Key, list[Decision]]:
    fields = ("variant_id", "inputs_hash", "action", "asked_action", "confidence", "latency_ms", "cost_micros")
    found: dict[Key, list[Decision]] = defaultdict(list)
    for row in decisions().filter(bot=bot).select_related(None).only(*fields).order_by("-pk")[:COMPARED]:
        found[row.variant_id].append(row)
    return found


def _record(
    variant: Variant | None, answered: Mapping[Key, Sequence[Decision]], *, leader: Key, measured: Measured | None
) -> Record:
    key: Key = variant.pk if variant else None
    rows = answered.get(key, ())
    shared, same = _agreement(rows, answered.get(leader, ()))
    refused = sum(bool(row.asked_action) and row.asked_action != row.action for row in rows)
    counted = Counter(row.action for row in rows)
    return Record(
        variant=variant,
        is_champion=key == leader,
        decisions=len(rows),
        actions={action.value: counted[action.value] for action in Action if counted[action.value]},
        refused_ratio=_share(refused, len(rows)),
        mean_confidence=_mean([row.confidence for row in rows]),
        mean_latency_ms=round(sum(row.latency_ms for row in rows) / len(rows)) if rows else None,
        cost=usd(sum(row.cost_micros for row in rows)),
        shared=shared,
        agreement_ratio=_share(same, shared),
        measured=measured,
    )


def _agreement(rows: Iterable[Decision], leading: Iterable[Decision]) -> tuple[int, int]:
    """Inputs that both saw, and those that both answered alike."""
    by_inputs = {row.inputs_hash: row.action for row in leading}
    both = [(row.action, by_inputs[row.inputs_hash]) for row in rows if row.inputs_hash in by_inputs]
    return len(both), sum(mine == theirs for mine, theirs in both)


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.0001")) if whole else None


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    return (sum(values, Decimal(0)) / len(values)).quantize(Decimal("0.0001")) if values else None
