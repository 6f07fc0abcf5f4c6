"""``manage.py paper_control``: the control interface of a running paper exchange on the command line.

Prints the exchange's JSON. Exit codes: 0 done, 1 refused by the exchange, 2 wrong arguments, 3 no exchange there.
"""

import argparse
import json
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx2

from exchange.command_values import moment_ms

DONE, REFUSED, NOT_THERE = 0, 1, 3
TIMEOUT_S = 30.0


class Question(NamedTuple):
    """One request to the control interface."""

    method: str
    path: str
    body: Mapping[str, Any] | bytes | None = None


def main(argv: Sequence[str], *, port: int = 8090) -> int:
    """Carry out one word. ``port`` is where the exchange listens unless --url says otherwise."""
    options = parser(port).parse_args(argv)
    try:
        answer = ask(options.url.rstrip("/"), options.question(options))
    except httpx2.HTTPError as error:
        sys.stderr.write(f"paper_control: no paper exchange answers at {options.url}: {type(error).__name__}\n")
        return NOT_THERE
    except OSError as error:
        sys.stderr.write(f"paper_control: {error}\n")
        return REFUSED
    if answer.status_code != httpx2.codes.OK:
        sys.stderr.write(f"paper_control: {_reason(answer)}\n")
        return REFUSED
    shown = options.shown(answer.json())
    sys.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False) + "\n")
    return DONE


def ask(url: str, question: Question) -> httpx2.Response:
    """The answer, whatever its status. Raises httpx2.HTTPError. A proxy of the environment has no business here."""
    content = question.body if isinstance(question.body, bytes | None) else json.dumps(question.body).encode()
    with httpx2.Client(timeout=TIMEOUT_S, trust_env=False) as http:
        return http.request(question.method, f"{url}/{question.path}", content=content)


def parser(port: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="manage.py paper_control", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--url",
        default=f"http://127.0.0.1:{port}/control",
        help='"control" of the line with which the exchange began (default: %(default)s)',
    )
    words = parser.add_subparsers(required=True, metavar="WORD")
    _add_readings(words)
    _add_accounts(words)
    _add_clock(words)
    _add_faults(words)
    return parser


Words = Any  # argparse names the type of subparsers in private only
Ask = Callable[[argparse.Namespace], Question]


def _add_readings(words: Words) -> None:
    state = _word(words, "state", "market time, upstream and accounts", lambda _: Question("GET", "state"))
    state.add_argument("--all", dest="shown", action="store_const", const=_whole, help="with every order and fill")
    state.set_defaults(shown=_outline)
    _word(words, "protection", "how long positions were without a stop", lambda _: Question("GET", "protection"))
    for word, text in (("snapshot", "keep the exchange as it is"), ("restore", "go back to what was kept")):
        keep = _word(words, word, text, lambda o: Question("POST", o.path, {"name": o.name}))
        keep.add_argument("name", metavar="NAME")
        keep.set_defaults(path=word)


def _add_accounts(words: Words) -> None:
    accounts = _word(words, "accounts", "list the accounts by API key", lambda _: Question("GET", "state"))
    accounts.set_defaults(shown=lambda state: _outline(state)["accounts"])
    create = _word(words, "create", "open an account; prints its key and secret", _create)
    create.add_argument("--api-key", default=None, help="default: a new one")
    create.add_argument("--api-secret", default=None, help="default: a new one")
    create.add_argument("--deposit", default="10000", help="USDT (default: %(default)s)")
    for word, text in (("deposit", "add to an account"), ("withdraw", "take from an account")):
        move = _word(
            words,
            word,
            text,
            lambda o: Question("POST", o.path, {"account": o.account, "amount": o.amount, "asset": o.asset}),
        )
        move.add_argument("account", metavar="API_KEY")
        move.add_argument("amount", metavar="AMOUNT")
        move.add_argument("--asset", default="USDT", help="default: %(default)s")
        move.set_defaults(path=word)
    reset = _word(
        words, "reset", "begin an account anew", lambda o: Question("POST", "reset", _account(o, deposit=o.deposit))
    )
    reset.add_argument("account", metavar="API_KEY")
    reset.add_argument("deposit", metavar="USDT", nargs="?", default="10000", help="default: %(default)s")


def _add_clock(words: Words) -> None:
    _word(words, "clock", "market time and speed", lambda _: Question("GET", "clock"))
    _word(words, "hold", "stop market time", lambda _: Question("POST", "clock", {"held": True}))
    _word(words, "release", "let market time run", lambda _: Question("POST", "clock", {"held": False}))
    speed = _word(words, "speed", "set its speed", lambda o: Question("POST", "clock", {"speed": o.speed}))
    speed.add_argument("speed", metavar="N", help="market seconds per second")
    jump = _word(words, "jump", "go on from a later time", lambda o: Question("POST", "clock", {"jump_to_ms": o.to}))
    jump.add_argument("to", metavar="ISO", type=moment_ms, help="market time; without a zone it is UTC")


def _add_faults(words: Words) -> None:
    _word(words, "faults", "list the faults that are set", lambda _: Question("GET", "faults"))
    add = _word(words, "add-faults", "set faults", lambda o: Question("POST", "faults", o.file.read_bytes()))
    add.add_argument("file", metavar="FILE", type=Path, help="JSON as for paper_exchange --faults")
    clear = _word(words, "clear-faults", "remove one fault, or all", _clear)
    clear.add_argument("number", metavar="ID", nargs="?", type=int)


def _word(words: Words, name: str, text: str, question: Ask) -> argparse.ArgumentParser:
    word: argparse.ArgumentParser = words.add_parser(name, help=text, description=text)
    word.set_defaults(question=question, shown=_whole)
    return word


def _create(options: argparse.Namespace) -> Question:
    options.api_key = options.api_key or secrets.token_hex(32)
    options.api_secret = options.api_secret or secrets.token_hex(32)
    options.shown = lambda answer: answer | {"api_secret": options.api_secret}
    given = {"api_key": options.api_key, "api_secret": options.api_secret, "deposit": options.deposit}
    return Question("POST", "accounts", given)


def _account(options: argparse.Namespace, **values: str) -> dict[str, str]:
    return {"account": options.account, **values}


def _clear(options: argparse.Namespace) -> Question:
    return Question("DELETE", "faults" if options.number is None else f"faults?id={options.number}")


def _whole(answer: Any) -> Any:
    return answer


def _outline(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state in a few lines: what each account has, without its history."""
    accounts = {
        api_key: {
            "balances": account["balances"],
            "positions": {f"{leg['symbol']} {leg['position_side']}": leg["quantity"] for leg in account["positions"]},
            "orders": len(account["orders"]),
            "fills": len(account["fills"]),
        }
        for api_key, account in state["accounts"].items()
    }
    kept = {name: state[name] for name in ("market_ms", "seq", "upstream") if name in state}
    return {"market_time": datetime.fromtimestamp(state["market_ms"] / 1000, UTC).isoformat(), **kept} | {
        "accounts": accounts
    }


def _reason(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, LookupError, TypeError):
        return f"HTTP {answer.status_code}: {answer.text[:200]}"
