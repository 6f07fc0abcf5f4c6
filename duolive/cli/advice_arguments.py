"""Arguments of what the adviser decided and is told: decisions, context, variants."""

from duolive.cli.command_parser import Commands, add_yes
from duolive.cli.command_parser import add_command as _command
from duolive.cli.values import symbol
from exchange.command_values import positive_count


def add_advice(commands: Commands) -> None:
    _add_decisions(commands)
    _add_context(commands)
    _add_variants(commands)


def _add_decisions(commands: Commands) -> None:
    decisions = _command(
        commands,
        "decisions",
        handler="advice:decisions",
        summary="list what the adviser decided, show one decision whole, or replay it",
        more="A replay puts the recorded answer through the risk and execution code of now, without cost or orders, "
        "and lists what is not as it was recorded; exit code 1 where something is not.",
    )
    decisions.add_argument(
        "action", nargs="?", choices=("list", "show", "replay"), default="list", help="default: list"
    )
    decisions.add_argument("ids", nargs="*", type=positive_count, metavar="ID", help="which; replay takes several")
    decisions.add_argument("--symbol", type=symbol, metavar="SYMBOL", help="of this contract only")
    decisions.add_argument("--outcome", metavar="WORD", help="of this outcome only, e.g. executed")
    decisions.add_argument("-n", type=positive_count, default=50, metavar="N", dest="count", help="at most N")


def _add_context(commands: Commands) -> None:
    context = _command(
        commands,
        "context",
        handler="context:context",
        summary="list the outside sources that the adviser is told of, or ask one now and show what it says",
        more="A test keeps nothing; exit code 1 where the source says nothing.",
    )
    context.add_argument("action", nargs="?", choices=("list", "test"), default="list", help="default: list")
    context.add_argument("name", nargs="?", metavar="NAME", help="which source to test")
    context.add_argument("--symbol", type=symbol, metavar="SYMBOL", help="test it for this contract only")


def _add_variants(commands: Commands) -> None:
    variants = _command(
        commands,
        "variants",
        handler="advice:variants",
        summary="compare the variants of a bot, add one, or make one the champion",
        more="Results are of imagined trades after fees, the intervals by bootstrap at 95 %.",
    )
    variants.add_argument("action", nargs="?", choices=("compare", "add", "promote", "retire"), default="compare")
    variants.add_argument("name", nargs="?", metavar="NAME", help="which variant")
    variants.add_argument("--bot", metavar="NAME", help="which bot (default: the one that follows advice)")
    variants.add_argument("--provider", default="", metavar="NAME", help="who is asked; rules for nobody")
    variants.add_argument("--prompt", default="", metavar="VERSION", help="version of the prompt (default: the newest)")
    variants.add_argument("--language", choices=("en", "zh"), default="en", help="of the prompt")
    variants.add_argument("--reason", default="", metavar="TEXT", help="why; a promotion needs one")
    add_yes(variants)
