"""``manage.py up``: arguments in, exit code out; every refusal is one line on stderr.

Exit codes: 0 stopped by a signal, 1 refused, 2 wrong arguments or variables, else that of the setup step that failed.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from duolive import configuration
from duolive.configuration import Configuration, Venue
from duolive.environment import ConfigurationError, read_variables
from duolive.supervisor import home, ports
from duolive.supervisor.errors import StartRefused
from duolive.supervisor.log_file import LogFile
from duolive.supervisor.output import Output
from duolive.supervisor.plan import Launch, mirrored_market
from duolive.supervisor.run import Supervisor
from exchange.command_values import moment, number_from_zero, positive_number

BAD_CONFIGURATION = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the desk until a signal stops it."""
    options = _parser().parse_args(argv)
    try:
        launch = prepare(options)
        return asyncio.run(_run(launch))
    except ConfigurationError as error:
        return _refuse(str(error), BAD_CONFIGURATION)
    except StartRefused as refusal:
        return _refuse(str(refusal), refusal.exit_code)


async def _run(launch: Launch) -> int:
    log_file = LogFile(launch.config.home)
    output = Output(log_file=log_file)
    try:
        return await Supervisor(launch, output).run()
    finally:
        output.close()
        log_file.close()


def prepare(options: argparse.Namespace) -> Launch:
    """Check what can be checked before anything runs; claim, stamp and furnish the home."""
    variables = read_variables(configuration.ROOT) | _overrides(options)
    config = configuration.load(variables)
    _require_possible(config, options)
    # Held open, and with it the lock, until the process ends.
    home.claim(config.home)
    ports.require_free(config.web_port, host=options.host, variable="DUOLIVE_WEB_PORT", purpose="the web pages")
    if config.starts_paper_exchange:
        ports.require_free(
            config.paper_port, host=ports.LOOPBACK, variable="DUOLIVE_PAPER_PORT", purpose="the paper exchange"
        )
    if options.fresh:
        home.empty(config.home)
    home.stamp(config)
    home.make_secrets(config, demo=options.demo)
    return Launch(
        config=configuration.load(variables),  # again: the home's secrets are there now
        host=options.host,
        speed=config.speed,
        start=options.start,
        data=options.data,
        demo=options.demo,
        demo_bot=options.demo_bot,
        bot_arguments=_bot_arguments(options),
    )


def _require_possible(config: Configuration, options: argparse.Namespace) -> None:
    if not config.starts_paper_exchange and not (config.api_key and config.api_secret):
        raise ConfigurationError(f"BINANCE_API_KEY and BINANCE_API_SECRET are needed to trade at {config.rest_url}")
    if config.venue is not Venue.REPLAY and config.speed != 1:
        raise ConfigurationError(f"a speed of {config.speed} is possible in the replay environment only")
    if options.demo and config.venue is not Venue.REPLAY:
        raise ConfigurationError("--demo switches bots on and is for the replay environment only")
    if options.start and config.venue is not Venue.REPLAY:
        raise ConfigurationError("--start chooses recorded market time and is for the replay environment only")
    if config.venue is Venue.PAPER and config.starts_paper_exchange:
        mirrored_market(config)


def _bot_arguments(options: argparse.Namespace) -> tuple[str, ...]:
    return (
        *((f"--margin={options.margin:f}",) if options.margin is not None else ()),
        *((f"--loss-limit={options.loss_limit:f}",) if options.loss_limit is not None else ()),
        *(("--auto-trade",) if options.auto_trade else ()),
    )


def _overrides(options: argparse.Namespace) -> dict[str, str]:
    given = {
        "DUOLIVE_ENV": options.env,
        "DUOLIVE_HOME": str(options.home.absolute()) if options.home else None,
        "DUOLIVE_SPEED": str(options.speed) if options.speed else None,
    }
    return {name: text for name, text in given.items() if text}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="manage.py up", description="Run every process of the desk on this machine.")
    parser.add_argument("--env", choices=[venue.value for venue in Venue], help="default: DUOLIVE_ENV, else replay")
    parser.add_argument("--host", default=ports.LOOPBACK, help="address of the web pages (default: %(default)s)")
    parser.add_argument("--speed", type=positive_number, help="market seconds per second, replay only (default: 1)")
    parser.add_argument("--start", type=moment, metavar="ISO", help="market time at which a new replay begins")
    parser.add_argument("--data", type=_folder, metavar="DIR", help="recorded market (default: the one shipped)")
    parser.add_argument("--home", type=Path, metavar="DIR", help="default: DUOLIVE_HOME, else var/<env>")
    parser.add_argument("--fresh", action="store_true", help="empty the home first, replay only")
    parser.add_argument("--demo", action="store_true", help="make the user demo and switch the bots on")
    parser.add_argument("--demo-bot", metavar="STRATEGY", default="", help="with --demo: switch only this bot on")
    bot = parser.add_argument_group("the surge bot", "kept as its settings, as if changed while the desk runs")
    bot.add_argument("--margin", type=positive_number, metavar="USDT", help="margin of each entry")
    bot.add_argument(
        "--loss-limit", type=number_from_zero, metavar="USDT", help="most it may lose in a day; 0: no limit"
    )
    bot.add_argument("--auto-trade", action="store_true", help="let it enter by itself; it goes on until switched off")
    return parser


def _folder(text: str) -> Path:
    path = Path(text).absolute()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not a folder")
    return path


def _refuse(message: str, code: int) -> int:
    sys.stdout.flush()
    print(f"duo-live: {message}", file=sys.stderr, flush=True)  # noqa: T201
    return code
