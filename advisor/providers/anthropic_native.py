"""Anthropic's messages protocol. Its own SDK, since its OpenAI-compatible path ignores schemas: a forced tool call
carries the answer's schema.
"""

import json
import time
from typing import Any

from advisor.providers.bounded import run_until
from advisor.providers.errors import BadAnswer, Unavailable
from advisor.providers.port import Answer, Deadline, Prompt, Schema, Usage
from advisor.providers.prices import PriceList
from advisor.providers.wire import Endpoint, Part, counted, http_client, parsed, storable, told_apart

TOOL = "decide"


class _Block(Part):
    type: str
    text: str = ""
    name: str = ""
    input: dict[str, Any] | None = None


class _Usage(Part):
    input_tokens: int
    output_tokens: int


class _Message(Part):
    model: str = ""
    content: list[_Block]
    stop_reason: str | None = None
    usage: _Usage | None = None


class AnthropicNative:
    """One model behind Anthropic's messages address."""

    def __init__(self, endpoint: Endpoint, prices: PriceList) -> None:
        import anthropic  # seconds on a cold disk: paid by who makes an adviser, and not out of a decision's time

        self._sdk = anthropic
        self._endpoint = endpoint
        self._prices = prices

    @property
    def name(self) -> str:
        return self._endpoint.name

    @property
    def model(self) -> str:
        return self._endpoint.model

    def decide(self, prompt: Prompt, schema: Schema, *, deadline: Deadline) -> Answer:
        """One request, never repeated here. Raises AdviceFailed."""
        started = time.monotonic()
        seconds = max(deadline.seconds_left, 0.001)
        try:
            body = run_until(deadline, self._ask(prompt, schema, seconds=seconds))
        except TimeoutError:
            raise Unavailable("timeout") from None
        return self._read(parsed(_Message, body), latency=time.monotonic() - started)

    async def _ask(self, prompt: Prompt, schema: Schema, *, seconds: float) -> str:
        endpoint, sdk = self._endpoint, self._sdk
        async with http_client(endpoint, seconds=seconds) as http:
            client = sdk.AsyncAnthropic(
                api_key=endpoint.api_key,
                base_url=endpoint.base_url,
                max_retries=0,
                http_client=http,
                open_telemetry=False,
            )
            with told_apart(sdk):
                response = await client.messages.with_raw_response.create(**self._request(prompt, schema))
                return str(await response.text())

    def _request(self, prompt: Prompt, schema: Schema) -> dict[str, Any]:
        return {
            "model": self._endpoint.model,
            "system": prompt.system,
            "messages": [{"role": "user", "content": prompt.user}],
            "max_tokens": self._endpoint.max_output_tokens,
            "tools": [{"name": TOOL, "description": "Hand in the decision.", "input_schema": schema}],
            "tool_choice": {"type": "tool", "name": TOOL},
        }

    def _read(self, message: _Message, *, latency: float) -> Answer:
        usage = Usage(is_known=False)
        if message.usage is not None:
            usage = counted(message.usage.input_tokens, message.usage.output_tokens)
        answer = Answer(
            text=storable(_text(message.content)),
            provider=self.name,
            model=storable(message.model)[:80] or self.model,
            usage=usage,
            cost=self._prices.cost(self.model, usage),
            latency=latency,
        )
        if message.stop_reason == "refusal":
            raise BadAnswer("refused", answer=answer)
        if message.stop_reason == "max_tokens":
            raise BadAnswer("truncated", answer=answer)
        if not answer.text.strip():
            raise BadAnswer("empty", answer=answer)
        return answer


def _text(blocks: list[_Block]) -> str:
    """The input of the forced tool call, else what was said instead of it."""
    for block in blocks:
        if block.type == "tool_use" and block.name == TOOL and block.input is not None:
            return json.dumps(block.input, ensure_ascii=False)
    return "".join(block.text for block in blocks if block.type == "text")
