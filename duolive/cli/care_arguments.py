"""Arguments of what looks after the desk: why, what-if, ledger, ps, doctor, reset."""

from decimal import Decimal

from duolive.cli.command_parser import Commands, add_symbol, add_yes
from duolive.cli.command_parser import add_command as _command
from exchange.command_values import moment, positive_count, positive_number


def add_care(commands: Commands) -> None:
    _add_why(commands)
    _add_what_if(commands)
    _add_ledger(commands)
    _command(commands, "ps", handler="heartbeats:ps", summary="list the loops of the desk and when they last beat")
    _add_doctor(commands)
    _add_reset(commands)


def _add_why(commands: Commands) -> None:
    why = _command(
        commands, "why", handler="explaining:why", summary="tell what was decided on a contract, and from which numbers"
    )
    add_symbol(why, "contract, e.g. BTCUSDT")
    why.add_argument("-n", type=positive_count, default=1, metavar="N", dest="count", help="newest cases (default 1)")


def _add_what_if(commands: Commands) -> None:
    suppose = _command(
        commands,
        "what-if",
        handler="supposing:suppose",
        summary="tell what an entry on a contract's newest signal would do now",
        more="Pending or refused alike, at the present price and by the settings of now; nothing is written or sent.",
    )
    add_symbol(suppose, "contract, e.g. BTCUSDT")
    suppose.add_argument(
        "--gap",
        type=positive_number,
        default=Decimal(10),
        metavar="PCT",
        help="price gap beyond the stop, in %% (default 10)",
    )


def _add_ledger(commands: Commands) -> None:
    ledger = _command(
        commands,
        "ledger",
        handler="books:ledger",
        summary="compare our books with the exchange's, row by row",
        more="Needs the API key of the exchange. Ends with 1 where they differ.",
    )
    ledger.add_argument("--from", type=moment, metavar="TIME", dest="start", help="default: yesterday 00:00 UTC")


def _add_doctor(commands: Commands) -> None:
    _command(
        commands,
        "doctor",
        handler="doctor:doctor",
        summary="check everything the desk stands on, and say what to do",
        more="Ends with 1 where something has failed.",
    )


def _add_reset(commands: Commands) -> None:
    reset = _command(
        commands,
        "reset",
        handler="resetting:reset",
        summary="forget everything a replay or paper desk has done",
        more="Empties its home but for the secrets. Refused for testnet and live, and while the desk runs.",
    )
    add_yes(reset)
