"""Settings as a person changes them, a bot's or an account's: grouped, with range, unit and help, from their model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ValidationError

from dashboard.risk_setting_words import RISK_WORDS
from dashboard.setting_words import GROUPS, WORDS, Group, SettingWords
from risk.limit_settings import RiskSettings


class FieldType(StrEnum):
    """How a field is entered."""

    SWITCH = "switch"
    WHOLE = "whole"
    DECIMAL = "decimal"
    TEXT = "text"
    CHOICE = "choice"
    RANGES = "ranges"
    SYMBOLS = "symbols"


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


def fields_of(settings: BaseModel) -> list[SettingField]:
    """Every setting, in the order in which they are named in words; one without words goes by its own name."""
    model = type(settings)
    values, defaults = settings.model_dump(mode="json"), model().model_dump(mode="json")
    known = RISK_WORDS if isinstance(settings, RiskSettings) else WORDS
    order = {name: place for place, name in enumerate(known)}
    fields = [
        _field(
            name,
            model,
            words=known.get(name) or SettingWords(Group.OTHER, name.replace("_", " ")),
            value=values[name],
            default=defaults[name],
        )
        for name in model.model_fields
    ]
    return sorted(fields, key=lambda field: (list(GROUPS).index(field.group), order.get(field.name, len(order))))


def _field(name: str, model: type[BaseModel], *, words: SettingWords, value: Any, default: Any) -> SettingField:
    info = model.model_fields[name]
    return SettingField(
        name=name,
        group=words.group,
        words=words,
        type=_type(info.annotation),
        value=value,
        default=default,
        choices=tuple(choice for choice in _choices(info.annotation) if _is_allowed(model, name, choice)),
        **_bounds(info.metadata),
    )


def _is_allowed(model: type[BaseModel], name: str, choice: str) -> bool:
    """A word of the list may be refused by the field's own validator."""
    try:
        model.model_validate({name: choice})
    except ValidationError as error:
        return all(each["loc"][:1] != (name,) for each in error.errors())
    return True


def _type(annotation: Any) -> FieldType:
    if annotation is bool:
        return FieldType.SWITCH
    if annotation is int:
        return FieldType.WHOLE
    if annotation is Decimal:
        return FieldType.DECIMAL
    if annotation is str:
        return FieldType.TEXT
    if annotation == tuple[str, ...]:
        return FieldType.SYMBOLS
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
