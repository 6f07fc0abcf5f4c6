"""What was asked, answered and proposed; what it cost; and what was learnt from it."""

from advisor.models.context import ContextCall, ContextReading, ContextSource
from advisor.models.decisions import Decision, Outcome, ShadowTrade
from advisor.models.memory import Memory, MemoryKind, Review
from advisor.models.plans import LIVING_PLANS, Plan, PlanStatus, Watch
from advisor.models.providers import ProviderState
from advisor.models.spending import MICROS, Period, Spend, SpendStatus, SpendWindow, usd
from advisor.models.variants import Variant, VariantRole

__all__ = [
    "LIVING_PLANS",
    "MICROS",
    "ContextCall",
    "ContextReading",
    "ContextSource",
    "Decision",
    "Memory",
    "MemoryKind",
    "Outcome",
    "Period",
    "Plan",
    "PlanStatus",
    "ProviderState",
    "Review",
    "ShadowTrade",
    "Spend",
    "SpendStatus",
    "SpendWindow",
    "Variant",
    "VariantRole",
    "Watch",
    "usd",
]
