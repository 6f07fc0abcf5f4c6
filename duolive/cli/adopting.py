"""``adopt``: commit the wish to take over a foreign position, then read it until the desk has decided."""

from argparse import Namespace

from desk.models import Bot, accounts_of_this_environment
from desk.venue import clock
from duolive.cli.asking import require_yes
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output
from duolive.cli.password import require_password
from duolive.cli.waiting import wait_for
from exchange.rules import plain
from trading.models import Adoption
from trading.services.manual_entry import manual_bot
from trading.services.takeover import AdoptionRefused, request_adoption

AUTHOR = "cli"


def adopt(options: Namespace, output: Output) -> None:
    """Have a bot take over what is open on a symbol and is not the desk's."""
    require_desk()
    bot = _bot(options.bot)
    require_password()
    require_yes(f"{options.symbol}: let {bot.name} manage, protect and close it?", is_given=options.yes, output=output)
    try:
        adoption = request_adoption(
            options.symbol,
            bot=bot,
            stop_loss_pct=options.sl,
            take_profit_pct=options.tp,
            author=AUTHOR,
            now=clock().now(),
        )
    except AdoptionRefused as error:
        raise CommandError(f"{options.symbol}: {error}") from error
    if options.wait:
        with output.waiting(f"waiting until {options.symbol} is taken over"):
            _wait(adoption, timeout=float(options.timeout))
    _report(adoption, bot, output=output)


def _bot(name: str | None) -> Bot:
    """The named bot, or the one for positions by hand. Raises CommandError."""
    account = accounts_of_this_environment().order_by("pk").first()
    if account is None:
        raise CommandError("no account is set up")
    if name is None:
        return manual_bot(account)
    bots = Bot.objects.filter(account=account)
    bot = bots.filter(name=name).first()
    if bot is None:
        raise CommandError(f"there is no bot {name!r}. There are: " + ", ".join(bots.values_list("name", flat=True)))
    return bot


def _wait(adoption: Adoption, *, timeout: float) -> None:
    def is_decided() -> bool:
        adoption.refresh_from_db()
        return adoption.status != Adoption.Status.ASKED

    if not wait_for(is_decided, seconds=timeout):
        raise CommandError(
            f"{adoption.symbol}: not decided within {timeout:g} s; "
            "'python -m duolive status' tells whether the desk runs."
        )


def _report(adoption: Adoption, bot: Bot, *, output: Output) -> None:
    if adoption.status == Adoption.Status.REFUSED:
        raise CommandError(f"{adoption.symbol}: not taken over: {adoption.reason}")
    position = adoption.position
    output.result(
        {
            "symbol": adoption.symbol,
            "bot": bot.name,
            "status": adoption.status,
            "position": position.pk if position else None,
            "quantity": position.quantity if position else None,
            "stop_price": position.stop_price if position else None,
        }
    )
    if position is None:
        output.line(f"{adoption.symbol}: asked for; the desk carries it out.")
        return
    output.line(
        f"{adoption.symbol}: {plain(position.quantity)} at {plain(position.entry_price)} is managed by {bot.name}, "
        f"stop at {plain(position.stop_price)}."
    )
