"""The words of the filter lab and of the change sets, for their scripts."""

from typing import Any

from django.utils.translation import gettext as _

from signals.models import ShadowStatus


def lab_words() -> dict[str, Any]:
    """Evaluated at each request; ``{name}`` is filled in by the scripts."""
    return {
        "shadow_status": {str(choice.value): str(choice.label) for choice in ShadowStatus},
        "shadow_exit": {"no_data": _("no more bars")},
        "lab_counts": _("{signals} signals, {judged} judged, {known} with a result"),
        "lab_open": _("{count} still followed"),
        "lab_unfiltered": _("no filter"),
        "lab_current": _("as set now"),
        "lab_of": _("{count} of {judged}"),
        "lab_wins": _("{count} would have won"),
        "lab_no_data": _("{count} without data"),
        "lab_against_none": _("{change} points against no filter"),
        "lab_nothing": _("No signal was decided in this time."),
        "lab_nothing_why": _("A scan after each full hour looks for surges; give it more days, or wait for one."),
        "lab_waiting": _("The signals of this time are not judged yet."),
        "lab_waiting_why": _("What the filters look at is fetched within some minutes of the decision."),
        "lab_more": _("Show all {count}"),
        "lab_no_match": _("No combination has all of these filters."),
        "lab_no_match_why": _("Take one away, or allow larger combinations."),
        "lab_no_filters": _("The strategy of {bot} has no filters."),
        "lab_no_filters_why": _("The lab compares filters; choose another bot."),
        "lab_silent": _("The exchange's clock cannot be read."),
        "lab_silent_why": _("The lab needs market time to know which signals to take; try again."),
        "shadows_none": _("No refused signal was followed in this time."),
        "shadows_none_why": _("What a filter or a limit refuses is followed to its stop, take-profit or time limit."),
        "shadow_after_fees": _("fees {amount} USDT"),
    }


def change_words() -> dict[str, Any]:
    return {
        "change_reason": _("Reason, kept with the version"),
        "change_try": _("Try on the last signals"),
        "change_back": _("Back to this version"),
        "change_back_title": _("Bring version {number} back?"),
        "change_back_note": _("Its values come into force again as a new version; the rows in between stay."),
        "change_none": _("The defaults are in force; nothing was ever changed."),
        "change_defaults": _("the defaults"),
        "change_raises": _("May raise risk"),
        "preview_title": _("On the last {count} signals"),
        "preview_refused": _("Would have refused"),
        "preview_refused_of": _("{after} of {count}, now {before}"),
        "preview_loss": _("Loss per trade at its stop"),
        "preview_loss_change": _("{before} → {after} USDT"),
        "preview_touched": _("Signals it touches"),
        "preview_enters": _("entered"),
        "preview_no_signals": _("No signal is on record to try it on yet."),
    }
