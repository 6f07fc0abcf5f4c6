"""A virtual environment for each client, with pinned packages, kept until its requirements change."""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements"
STAMP = ".requirements.sha256"


class EnvironmentFailed(Exception):
    """pip could not install what a client needs; the text ends with pip's last lines."""


def ensure(client: str, *, base: Path) -> Path:
    """The interpreter of the client's environment below ``base``, built when missing or out of date."""
    requirements = REQUIREMENTS / f"{client}.txt"
    home, wanted = base / client, stamp_of(requirements)
    if not is_current(home, wanted):
        _build(home, requirements)
        (home / STAMP).write_text(wanted, encoding="ascii")
    return _interpreter(home)


def stamp_of(requirements: Path) -> str:
    """What an environment depends on: the requirements' text and the version of Python."""
    text = requirements.read_bytes() + repr(sys.version_info[:3]).encode()
    return hashlib.sha256(text).hexdigest()


def is_current(home: Path, wanted: str) -> bool:
    stamp = home / STAMP
    return _interpreter(home).exists() and stamp.exists() and stamp.read_text(encoding="ascii") == wanted


def _build(home: Path, requirements: Path) -> None:
    """A new environment; a stamp is written only after a complete installation."""
    if home.exists():
        shutil.rmtree(home)
    venv.create(home, with_pip=True)
    command = [str(_interpreter(home)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    finished = subprocess.run(
        [*command, "--requirement", str(requirements)], capture_output=True, text=True, check=False
    )
    if finished.returncode:
        raise EnvironmentFailed(f"{requirements.name}: {finished.stderr[-500:]}")


def _interpreter(home: Path) -> Path:
    return home / "bin" / "python"
