"""Replacing a named function everywhere it is known by name, inside a child process of the drill."""

import importlib
import pkgutil
import sys
from collections.abc import Callable
from typing import Any

PACKAGES = ("trading", "signals", "risk", "desk")
Function = Callable[..., Any]


def load_all() -> None:
    """Import every module of the desk's packages, so that each name a function goes by exists."""
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(path, f"{package}."):
            if ".migrations" not in module.name and ".management" not in module.name:
                importlib.import_module(module.name)


def find(target: str) -> tuple[Any, str]:
    """The module or class that holds what ``target`` names, and its name there. Raises LookupError."""
    module_name, _, path = target.partition(":")
    *outer, name = path.split(".")
    holder = importlib.import_module(module_name)
    for each in outer:
        holder = getattr(holder, each)
    if not callable(getattr(holder, name, None)):
        raise LookupError(target)
    return holder, name


def replace(target: str, wrap: Callable[[Function], Function]) -> None:
    """Put ``wrap(original)`` in the place of ``module:function`` in every module that imported it.

    A method is named ``module:Class.method``.
    """
    holder, name = find(target)
    original = getattr(holder, name)
    replacement = wrap(original)
    setattr(holder, name, replacement)
    for module in list(sys.modules.values()):
        names = [each for each, value in vars(module).items() if value is original] if module else []
        for each in names:
            setattr(module, each, replacement)
