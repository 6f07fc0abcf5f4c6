"""``ps``: the loops of the desk and when each last finished a round."""

from argparse import Namespace

from dashboard.pulse import Pulse, pulses
from duolive.cli.desk import require_desk
from duolive.cli.output import Output
from trading.selectors import heartbeat_ages

COLUMNS = {"loop": "loop", "state": "state", "age_seconds": "last beat, s ago"}


def ps(options: Namespace, output: Output) -> None:
    """Loops the desk cannot do without first judged by their silence, the others only listed."""
    require_desk()
    ages, needed = heartbeat_ages(), pulses()
    rows = [
        {
            "loop": loop,
            "state": needed.get(loop, Pulse.OK).value,
            "age_seconds": round(ages[loop], 1) if loop in ages else None,
        }
        for loop in sorted(needed.keys() | ages.keys())
    ]
    output.result({"loops": rows})
    output.table(COLUMNS, rows)
