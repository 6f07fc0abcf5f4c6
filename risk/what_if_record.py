"""Numbers of an entry as they are kept with a case: plain texts, read back exactly."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from risk.what_if import WhatIf


@cache
def _adapter() -> TypeAdapter[WhatIf]:
    return TypeAdapter(WhatIf)


def packed(found: WhatIf) -> dict[str, Any]:
    """JSON of ``found``; decimals as texts."""
    values: dict[str, Any] = _adapter().dump_python(found, mode="json")
    return values


def unpacked(values: Mapping[str, Any]) -> WhatIf:
    """Raises ValidationError for what another version of the code has written and this one does not understand."""
    return _adapter().validate_python(values)
