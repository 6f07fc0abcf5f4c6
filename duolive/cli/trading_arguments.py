"""Arguments of what trades or changes: order, tp, sl, add, reduce, the three cancels, config, auto-trade."""

from decimal import Decimal

from duolive.cli.command_parser import Commands, add_change_sets, add_symbol, add_wait, add_yes
from duolive.cli.command_parser import add_command as _command
from exchange.command_values import positive_count, positive_number
from signals.strategies.execution import ExecutionStyle

STYLES = [style.value for style in ExecutionStyle]
ENTRY_SECONDS = 720  # ten minutes for the entry, and some for what follows


def add_trading(commands: Commands) -> None:
    _add_order(commands)
    _add_legs(commands)
    _add_sizes(commands)
    _add_cancels(commands)
    _add_bots(commands)


def _add_order(commands: Commands) -> None:
    order = _command(
        commands,
        "order",
        handler="ordering:order",
        summary="enter a position by hand, with its stop and take-profit",
        more=(
            "SYMBOL PRICE QTY, or SYMBOL PRICE --margin USDT; with --market no PRICE. Shows the numbers, asks, "
            "then waits until the position is protected or the entry is gone."
        ),
    )
    add_symbol(order, "contract, e.g. BTCUSDT")
    order.add_argument(
        "numbers", nargs="*", type=positive_number, metavar="NUMBER", help="PRICE in USDT, then QTY in base asset"
    )
    order.add_argument("--margin", type=positive_number, metavar="USDT", help="margin instead of QTY")
    order.add_argument("--market", action="store_true", help="at market instead of a limit price")
    order.add_argument("--long", action="store_true", help="buy (default: short)")
    order.add_argument("--tp", type=positive_number, metavar="PCT", help="take-profit in %% of the entry price")
    order.add_argument("--sl", type=positive_number, metavar="PCT", help="stop in %% of the entry price")
    order.add_argument("--leverage", type=positive_count, metavar="N", help="at most; less where the stop needs it")
    order.add_argument("--style", choices=STYLES, help="how it is sent (default: one order)")
    order.add_argument("--what-if", action="store_true", help="show the numbers only")
    order.add_argument(
        "--gap",
        type=positive_number,
        default=Decimal(10),
        metavar="PCT",
        help="what-if: price gap beyond the stop, in %% (default 10)",
    )
    add_yes(order)
    add_wait(order, until="it is protected", seconds=ENTRY_SECONDS)


def _add_legs(commands: Commands) -> None:
    for name, leg in (("tp", "take-profit"), ("sl", "stop")):
        command = _command(
            commands,
            name,
            handler=f"legs:{name}",
            summary=f"move the {leg} of an open position",
            more="The price goes on the contract's tick; a stop is moved without a gap.",
        )
        add_symbol(command, "contract of the open position")
        command.add_argument("price", type=positive_number, metavar="PRICE", help=f"where the {leg} shall stand, USDT")
        add_wait(command, until="it stands there", seconds=60)


def _add_sizes(commands: Commands) -> None:
    summaries = {"add": "add to an open position, within every limit", "reduce": "close a part of an open position"}
    for name, summary in summaries.items():
        command = _command(
            commands,
            name,
            handler=f"resizing:{name}",
            summary=summary,
            more="PCT is a share of what is open. The position stays behind its stop at every moment.",
        )
        add_symbol(command, "contract of the open position")
        command.add_argument("share", type=positive_number, metavar="PCT", help="1 to 100")
        command.add_argument("--style", choices=STYLES, help="how it is sent (default: as the bot is set)")
        command.add_argument("--reason", metavar="TEXT", default="", help="why, kept with the change")
        add_wait(command, until="it is through", seconds=ENTRY_SECONDS)


def _add_cancels(commands: Commands) -> None:
    cancel = _command(
        commands,
        "cancel",
        handler="cancelling:cancel",
        summary="cancel a working entry",
        more="What is filled stays a position. A stop or take-profit is not cancelled: see sl, tp and close.",
    )
    add_symbol(cancel, "contract of the entry")
    cancel.add_argument("id", nargs="?", metavar="ID", help="its id or the exchange's number, as 'orders' lists them")
    everything = _command(
        commands,
        "cancel-all",
        handler="cancelling:cancel_all",
        summary="cancel every working entry of a contract; stop and take-profit stay",
    )
    add_symbol(everything, "contract of the entries")
    rest = _command(
        commands,
        "cancel-rest",
        handler="cancelling:cancel_rest",
        summary="send no more of an entry or add that goes out in several orders",
        more="What is filled stays a position, with its stop.",
    )
    add_symbol(rest, "contract of the position")
    for command in (cancel, everything, rest):
        add_wait(command, until="it is gone", seconds=60)


def _add_bots(commands: Commands) -> None:
    config = _command(
        commands,
        "config",
        handler="bots:config",
        summary="show or change a bot's settings",
        more="NAME shows one, NAME=VALUE changes it; all changes of one call are taken, or none.",
    )
    config.add_argument("settings", nargs="*", metavar="NAME[=VALUE]", help="e.g. leverage=3")
    config.add_argument("--reason", metavar="TEXT", default="", help="why, kept with the version")
    config.add_argument("--rollback", type=positive_count, metavar="N", help="bring version N into force again")
    add_change_sets(config)
    switch = _command(commands, "auto-trade", handler="bots:auto_trade", summary="show or switch a bot's new entries")
    switch.add_argument("state", nargs="?", choices=["on", "off"], help="leave it out to see how it stands")
    for command in (config, switch):
        command.add_argument("--bot", metavar="NAME", help="which bot (default: the surge bot)")
