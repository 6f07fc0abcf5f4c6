"""What the owner may write: the list of commands, and from a message to its answer."""

from collections.abc import Mapping
from difflib import get_close_matches

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.telegram.commands import breaking, changes, readings, why
from notifications.telegram.commands.parsing import Entry, parse
from notifications.telegram.moment import Moment


def help_text(arguments: tuple[str, ...], moment: Moment) -> str:
    """Every command in a line; an alias is not listed again."""
    lines = [f"{entry.usage} – {entry.summary}" for entry in dict.fromkeys(COMMANDS.values())]
    return "\n".join([_("What you can send:"), *lines])


_HELP = Entry("/help", gettext_lazy("this list"), help_text)
_POSITIONS = Entry("/positions", gettext_lazy("open positions"), readings.positions)

COMMANDS: Mapping[str, Entry] = {
    "status": Entry("/status", gettext_lazy("balance, result, positions, protection"), readings.status),
    "positions": _POSITIONS,
    "pos": _POSITIONS,
    "trades": Entry("/trades", gettext_lazy("the last ten finished trades"), readings.trades),
    "protect": Entry("/protect", gettext_lazy("the stop of every position"), readings.protect),
    "risk": Entry("/risk", gettext_lazy("how much of each limit is used"), readings.risk),
    "why": Entry("/why SYMBOL", gettext_lazy("what was decided on a contract and why"), why.why, takes=1),
    "close": Entry("/close SYMBOL", gettext_lazy("close a position at market; asks first"), changes.close, takes=1),
    "cancel": Entry("/cancel SYMBOL", gettext_lazy("cancel a working entry; asks first"), changes.cancel, takes=1),
    "pause": Entry("/pause", gettext_lazy("no new entries, at once"), changes.pause),
    "resume": Entry("/resume", gettext_lazy("new entries again; asks first"), changes.resume),
    "reset": Entry(
        "/reset REASON",
        gettext_lazy("reset the breaker, with a reason; asks first"),
        breaking.reset,
        takes=1,
        more=True,
    ),
    "panic": Entry("/panic", gettext_lazy("pause and close everything at market; asks first"), changes.panic),
    "yes": Entry("/yes CODE", gettext_lazy("do what was asked about"), changes.yes, takes=1),
    "help": _HELP,
    "start": _HELP,
}


def answer(text: str, moment: Moment) -> str:
    """Do what ``text`` asks for and say what came of it, in the active language."""
    command = parse(text)
    if command is None:
        return _("Commands begin with a slash. /help lists them.")
    entry = COMMANDS.get(command.name)
    if entry is None:
        return _unknown(command.name)
    if not entry.fits(len(command.arguments)):
        return _("Write it like this: {usage}").format(usage=entry.usage)
    return entry.answer(command.arguments, moment)


def _unknown(name: str) -> str:
    near = get_close_matches(name, COMMANDS, n=1)
    if near:
        return _("There is no /{name}. Did you mean {usage}?").format(name=name, usage=COMMANDS[near[0]].usage)
    return _("There is no /{name}. /help lists what there is.").format(name=name)
