"""Arguments of what guards the account: risk, circuit, panic."""

from duolive.cli.command_parser import Commands, add_change_sets, add_wait, add_yes
from duolive.cli.command_parser import add_command as _command
from exchange.command_values import whole_count


def add_risk(commands: Commands) -> None:
    risk = _command(
        commands,
        "risk",
        handler="risking:risk",
        summary="show how much of each limit is used, or change the account's limits",
        more="NAME shows one setting, NAME=VALUE changes it; all changes of one call are taken, or none.",
    )
    risk.add_argument("settings", nargs="*", metavar="NAME[=VALUE]", help="e.g. max_leverage=5; 'all' lists them")
    risk.add_argument("--reason", metavar="TEXT", default="", help="why, kept with the version")
    risk.add_argument(
        "--rollback", type=whole_count, metavar="N", help="bring version N into force again; 0 are the defaults"
    )
    add_change_sets(risk)
    circuit = _command(
        commands,
        "circuit",
        handler="risking:circuit",
        summary="show the breaker, or reset it",
        more="A reset needs a reason, and takes the losses so far as they are.",
    )
    circuit.add_argument("action", nargs="?", choices=["reset"], help="leave it out to see how it stands")
    circuit.add_argument("--reason", metavar="TEXT", default="", help="why it may go on, kept with the reset")
    add_yes(circuit)
    panic = _command(
        commands,
        "panic",
        handler="risking:panic",
        summary="emergency stop: close everything of ours at market and stay halted until a reset",
        more="Cancels our entries, leaves what is not ours alone, and tells what came of each position.",
    )
    panic.add_argument("--reason", metavar="TEXT", default="emergency stop", help="kept with the stop")
    add_yes(panic)
    add_wait(panic, until="everything is closed", seconds=90)
    for command in (risk, circuit, panic):
        command.add_argument("--account", metavar="NAME", help="which account (default: the only one)")
