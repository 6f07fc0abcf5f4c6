"""Providers that speak OpenAI's chat completions: DeepSeek, OpenAI, Qwen, Gemini's compatible path, local servers.

The SDK sends; what comes back is read by our own types, because a compatible server answers as it likes.
"""

import json
import time
from typing import Any

import structlog

from advisor.providers import dialects
from advisor.providers.answer_formats import Format, best_format, learn_refusal, refuses_format
from advisor.providers.bounded import run_until
from advisor.providers.errors import BadAnswer, Unavailable
from advisor.providers.port import Answer, Deadline, Prompt, Schema, Usage
from advisor.providers.prices import PriceList
from advisor.providers.wire import Endpoint, Part, counted, http_client, parsed, storable, told_apart

log = structlog.get_logger(__name__)

TEMPERATURE = 0.3


class _Message(Part):
    content: str | None = None
    refusal: str | None = None


class _Choice(Part):
    message: _Message
    finish_reason: str | None = None


class _Usage(Part):
    prompt_tokens: int
    completion_tokens: int


class _Completion(Part):
    model: str = ""
    choices: list[_Choice]
    usage: _Usage | None = None


class OpenAiCompatible:
    """One model behind a chat-completions address."""

    def __init__(self, endpoint: Endpoint, prices: PriceList) -> None:
        import openai  # seconds on a cold disk: paid by who makes an adviser, and not out of a decision's time

        self._sdk = openai
        self._endpoint = endpoint
        self._prices = prices

    @property
    def name(self) -> str:
        return self._endpoint.name

    @property
    def model(self) -> str:
        return self._endpoint.model

    def decide(self, prompt: Prompt, schema: Schema, *, deadline: Deadline) -> Answer:
        """One answer; asked again only where the model refused a parameter or a form by name. Raises AdviceFailed."""
        started = time.monotonic()
        seconds = max(deadline.seconds_left, 0.001)
        try:
            body = run_until(deadline, self._ask(prompt, schema, seconds=seconds))
        except TimeoutError:
            raise Unavailable("timeout") from None
        return self._read(parsed(_Completion, body), latency=time.monotonic() - started)

    async def _ask(self, prompt: Prompt, schema: Schema, *, seconds: float) -> str:
        endpoint, sdk = self._endpoint, self._sdk
        async with http_client(endpoint, seconds=seconds) as http:
            client = sdk.AsyncOpenAI(
                api_key=endpoint.api_key, base_url=endpoint.base_url, max_retries=0, http_client=http
            )
            with told_apart(sdk):
                return await self._said(client, prompt, schema)

    async def _said(self, client: Any, prompt: Prompt, schema: Schema) -> str:
        """Every refusal takes one parameter out of the request, or its form a step down, so that this ends."""
        address, model = self._endpoint.base_url, self._endpoint.model
        form = best_format(address, model, strictest=self._strictest)
        while True:
            request = self._request(prompt, schema, form=form)
            sent = dialects.adapted(request, address=address, model=model)
            try:
                response = await client.chat.completions.with_raw_response.create(**sent)
                return str(response.text)
            except self._sdk.BadRequestError as error:
                if form is not Format.PLAIN and refuses_format(error.body):
                    form = self._stepped_down(form)
                    continue
                parameter = dialects.refused_parameter(error.body)
                if parameter not in sent:
                    raise
                dialects.learn(address, model, parameter)
                log.info("model_parameter_refused", provider=self.name, model=model, parameter=parameter)

    @property
    def _strictest(self) -> Format:
        return Format.SCHEMA if self._endpoint.native_schema else Format.OBJECT

    def _stepped_down(self, refused: Format) -> Format:
        address, model = self._endpoint.base_url, self._endpoint.model
        learn_refusal(address, model, refused)
        log.info("model_format_refused", provider=self.name, model=model, format=refused.value)
        return best_format(address, model, strictest=self._strictest)

    def _request(self, prompt: Prompt, schema: Schema, *, form: Format) -> dict[str, Any]:
        """Without a schema that the provider keeps, the prompt tells it."""
        system = f"{prompt.system}\n\nJSON schema of the answer: {json.dumps(schema)}"
        if form is Format.SCHEMA:
            system = prompt.system
        request = {
            "model": self._endpoint.model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": prompt.user}],
            "temperature": TEMPERATURE,
            "max_tokens": self._endpoint.max_output_tokens,
        }
        return request | _response_format(form, schema)

    def _read(self, completion: _Completion, *, latency: float) -> Answer:
        if not completion.choices:
            raise BadAnswer("empty")
        choice = completion.choices[0]
        usage = _usage(completion.usage)
        answer = Answer(
            text=storable(choice.message.content or ""),
            provider=self.name,
            model=storable(completion.model)[:80] or self.model,
            usage=usage,
            cost=self._prices.cost(self.model, usage),
            latency=latency,
        )
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise BadAnswer("refused", answer=answer)
        if choice.finish_reason == "length":
            raise BadAnswer("truncated", answer=answer)
        if not answer.text.strip():
            raise BadAnswer("empty", answer=answer)
        return answer


def _response_format(form: Format, schema: Schema) -> dict[str, Any]:
    if form is Format.PLAIN:
        return {}
    kept = {"json_schema": {"name": "answer", "schema": schema, "strict": True}} if form is Format.SCHEMA else {}
    return {"response_format": {"type": form.value, **kept}}


def _usage(said: _Usage | None) -> Usage:
    if said is None:
        return Usage(is_known=False)
    return counted(said.prompt_tokens, said.completion_tokens)
