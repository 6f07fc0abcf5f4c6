"""Situations as vectors in a column of bytes, and how alike they are. The only place that knows the layout."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

# A new order or a new name is a new LAYOUT: vectors of another one are not compared.
LAYOUT = b"\x01"
FEATURES = ("confluence", "sentiment", "change_24h", "book", "rsi", "adx", "atr_pct")
UNKNOWN = 0.5  # likeness where one of the two has no vector


def encode(features: Mapping[str, float]) -> bytes:
    """A vector of length one; a feature that is missing or not finite counts as 0. Empty when all are."""
    values = np.array([features.get(name, 0.0) for name in FEATURES], dtype="<f4")
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    length = float(np.linalg.norm(values))
    return LAYOUT + (values / np.float32(length)).astype("<f4").tobytes() if length > 0 else b""


def likeness(situation: bytes, remembered: Sequence[bytes]) -> list[float]:
    """0 (opposite) to 1 (the same direction) for each; UNKNOWN where there is nothing to compare."""
    alike = [UNKNOWN] * len(remembered)
    comparable = [index for index, vector in enumerate(remembered) if _is_whole(vector)]
    if not _is_whole(situation) or not comparable:
        return alike
    matrix = np.vstack([_decoded(remembered[index]) for index in comparable])
    cosines = np.clip(matrix @ _decoded(situation), -1.0, 1.0)
    for index, cosine in zip(comparable, cosines, strict=True):
        alike[index] = (1 + float(cosine)) / 2
    return alike


def _is_whole(vector: bytes) -> bool:
    return len(vector) == len(LAYOUT) + 4 * len(FEATURES) and vector.startswith(LAYOUT)


def _decoded(vector: bytes) -> npt.NDArray[np.float32]:
    return np.frombuffer(vector, dtype="<f4", offset=len(LAYOUT))
