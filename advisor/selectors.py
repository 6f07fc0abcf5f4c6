"""Reading only: what pages, API and socket show of the adviser's rows, of this environment's bots."""

from collections.abc import Iterable

from django.db.models import Max, QuerySet

from advisor.models import Decision, Memory, Plan, Review, Variant, Watch
from desk.models import Bot, accounts_of_this_environment

STRATEGY = "ai_futures"
# Long texts that a list of decisions does not show.
WHOLE_ONLY = ("prompt", "raw_answer", "inputs", "facts", "terms", "verdicts", "intents", "result")


def ai_bots() -> QuerySet[Bot]:
    """Bots that ask an adviser, the oldest first."""
    return Bot.objects.filter(account__in=accounts_of_this_environment(), strategy=STRATEGY).order_by("pk")


def decisions() -> QuerySet[Decision]:
    """Every decision, newest first, whole."""
    return Decision.objects.filter(bot__account__in=accounts_of_this_environment()).select_related("bot", "variant")


def decision_rows() -> QuerySet[Decision]:
    """The same without their long texts."""
    return decisions().defer(*WHOLE_ONLY)


def latest_by_symbol(symbols: Iterable[str]) -> dict[str, Decision]:
    """The newest decision that was no mere shadow, of each of ``symbols`` that has one."""
    acted = decision_rows().filter(symbol__in=list(symbols)).exclude(outcome="shadow")
    newest = acted.order_by().values("symbol").annotate(newest=Max("pk")).values_list("newest", flat=True)
    return {row.symbol: row for row in decision_rows().filter(pk__in=list(newest))}


def memories() -> QuerySet[Memory]:
    """Every memory, the weightiest first, without its vector."""
    ours = Memory.objects.filter(bot__account__in=accounts_of_this_environment())
    return ours.select_related("bot").defer("vector").order_by("-relevance", "-at", "-pk")


def plans() -> QuerySet[Plan]:
    """Every strategic view, newest first."""
    return Plan.objects.filter(bot__account__in=accounts_of_this_environment()).select_related("bot")


def watches() -> QuerySet[Watch]:
    """What the bots look at: what is held first."""
    ours = Watch.objects.filter(bot__account__in=accounts_of_this_environment()).exclude(is_held=False, is_listed=False)
    return ours.select_related("bot").order_by("-is_held", "pk")


def reviews() -> QuerySet[Review]:
    return Review.objects.filter(bot__account__in=accounts_of_this_environment()).select_related("bot")


def variants() -> QuerySet[Variant]:
    return Variant.objects.filter(bot__account__in=accounts_of_this_environment()).select_related("bot")
