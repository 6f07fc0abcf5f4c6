"""The settings of a bot as a person changes them: grouped, with range, unit and help, from the strategy's own model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from dashboard.setting_words import GROUPS, WORDS, Group, SettingWords, words_of
from signals.strategies.base import StrategyConfig


class FieldType(StrEnum):
    """How a field is entered."""

    SWITCH = "switch"
    WHOLE = "whole"
    DECIMAL = "decimal"
    TEXT = "text"
    CHOICE = "choice"
    RANGES = "ranges"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One setting. Bounds are plain texts; an exclusive one must not be reached itself."""

    name: str
    group: Group
    words: SettingWords
    type: FieldType
    value: Any
    default: Any
    choices: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    is_minimum_exclusive: bool = False
    is_maximum_exclusive: bool = False


def fields_of(config: StrategyConfig) -> list[SettingField]:
    """Every setting of ``config``, in the order in which they are named in words."""
    values, model = config.model_dump(mode="json"), type(config)
    defaults = model().model_dump(mode="json")
    fields = [
        _field(name, info, value=values[name], default=defaults[name]) for name, info in model.model_fields.items()
    ]
    return sorted(fields, key=_place)


def _place(field: SettingField) -> tuple[int, int]:
    names = list(WORDS)
    return list(GROUPS).index(field.group), names.index(field.name) if field.name in WORDS else len(names)


def _field(name: str, info: FieldInfo, *, value: Any, default: Any) -> SettingField:
    words = words_of(name)
    return SettingField(
        name=name,
        group=words.group,
        words=words,
        type=_type(info.annotation),
        value=value,
        default=default,
        choices=tuple(_choices(info.annotation)),
        **_bounds(info.metadata),
    )


def _type(annotation: Any) -> FieldType:
    if annotation is bool:
        return FieldType.SWITCH
    if annotation is int:
        return FieldType.WHOLE
    if annotation is Decimal:
        return FieldType.DECIMAL
    if annotation is str:
        return FieldType.TEXT
    return FieldType.CHOICE if list(_choices(annotation)) else FieldType.RANGES


def _choices(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (str(member.value) for member in annotation)
    elif get_origin(annotation) is Literal:
        yield from (str(word) for word in get_args(annotation) if word is not NoneType)


def _bounds(metadata: list[Any]) -> Mapping[str, Any]:
    bounds: dict[str, Any] = {}
    for bound in metadata:
        match bound:
            case Ge():
                bounds["minimum"] = f"{bound.ge}"
            case Gt():
                bounds |= {"minimum": f"{bound.gt}", "is_minimum_exclusive": True}
            case Le():
                bounds["maximum"] = f"{bound.le}"
            case Lt():
                bounds |= {"maximum": f"{bound.lt}", "is_maximum_exclusive": True}
    return bounds
