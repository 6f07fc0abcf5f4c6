"""Each word of the pages has one key: a later one of the same name would silently change another page."""

import ast
from collections import Counter
from pathlib import Path

from dashboard import page_words, words


def keys_in(source: str) -> list[str]:
    """Keys of the dictionaries that functions return, not of those inside them."""
    returned = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Return)]
    return [
        str(key.value)
        for value in returned
        if isinstance(value, ast.Dict)
        for key in value.keys
        if isinstance(key, ast.Constant)
    ]


def test_every_key_is_given_once():
    sources = [Path(module.__file__ or "").read_text(encoding="utf-8") for module in (words, page_words)]

    counted = Counter(key for source in sources for key in keys_in(source))

    assert {"of_equity", "last_price"} <= set(counted)
    assert [key for key, times in counted.items() if times > 1] == []
