"""How many tokens a text is. Pure; two answers: what to expect, and what cannot be exceeded."""

import json

from advisor.providers.port import Prompt, Schema

ASCII_PER_TOKEN = 4
# Roles and separators around messages, and the providers' own words around a schema or a tool.
ENVELOPE_TOKENS = 600


def expected_tokens(text: str) -> int:
    """About what the usual tokenisers make of ``text``: four ASCII characters a token, any other sign one."""
    plain = sum(character.isascii() for character in text)
    return -(-plain // ASCII_PER_TOKEN) + len(text) - plain


def most_tokens(prompt: Prompt, schema: Schema) -> int:
    """A bound that holds for every tokeniser over bytes: none makes more tokens than there are bytes."""
    texts = (prompt.system, prompt.user, json.dumps(schema))
    return sum(len(text.encode()) for text in texts) + ENVELOPE_TOKENS
