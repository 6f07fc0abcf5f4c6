"""Arguments of what looks back at the filters: filter-lab."""

from duolive.cli.command_parser import Commands
from duolive.cli.command_parser import add_command as _command
from exchange.command_values import moment, positive_count


def add_lab(commands: Commands) -> None:
    lab = _command(
        commands,
        "filter-lab",
        handler="filter_lab:filter_lab",
        summary="what each filter would have refused, and what the refused trades would have made",
        more="Judges the signals of past hours with every filter and follows each trade; stores and trades nothing.",
    )
    lab.add_argument("--from", type=moment, required=True, metavar="TIME", dest="start", help="first hour, UTC")
    lab.add_argument("--to", type=moment, metavar="TIME", dest="end", help="up to here, excluded (default: now)")
    lab.add_argument(
        "--recorded",
        action="store_true",
        help="the desk's own signals of that time, with its trades and the shadows of those it refused",
    )
    lab.add_argument("--bot", metavar="NAME", help="whose recorded signals (default: the surge bot)")
    lab.add_argument(
        "--largest", type=positive_count, default=2, metavar="N", help="combine up to N filters (default 2)"
    )
