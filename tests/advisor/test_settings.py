"""What the environment says of models, as a process of its own sees it."""

import json
import os
import re
import subprocess
import sys

import pytest

from advisor.providers import catalogue
from advisor.providers.anthropic_native import AnthropicNative
from advisor.session import panel_of_settings
from duolive.configuration import ROOT
from tests.advisor.samples import PRICES

MODEL = {"api_key": "sk", "base_url": "http://127.0.0.1:9", "model": "m"}


def said(code, tmp_path, **variables):
    environment = {"PATH": os.environ["PATH"], "DUOLIVE_ENV_FILE": "", "DUOLIVE_HOME": str(tmp_path / "home")}
    return subprocess.run(
        [sys.executable, "-c", f"import json, duolive.settings as s; {code}"],
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def setting(name, tmp_path, **variables):
    answer = said(f"print(json.dumps(s.{name}, default=str))", tmp_path, **variables)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.parametrize(
    ("variables", "provider"),
    [
        ({"DEEPSEEK_API_KEY": "sk"}, "rules"),
        ({"AI_PROVIDER": "qwen"}, "qwen"),
        ({"DUOLIVE_ENV": "paper"}, "deepseek"),
    ],
)
def test_a_recorded_market_is_judged_by_the_rules_unless_a_provider_is_asked_for(tmp_path, variables, provider):
    assert setting("AI_PROVIDER", tmp_path, **variables) == provider


def test_address_model_and_key_of_a_provider_come_from_its_variables(tmp_path):
    (tmp_path / "key").write_text("sk-from-a-file\n")

    models = setting(
        "AI_MODELS", tmp_path, OPENAI_BASE_URL="http://127.0.0.1:1/v1", QWEN_API_KEY_FILE=str(tmp_path / "key")
    )

    assert list(models) == ["deepseek", "openai", "anthropic", "gemini", "qwen"]
    assert models["openai"]["base_url"] == "http://127.0.0.1:1/v1"
    assert models["qwen"]["api_key"] == "sk-from-a-file"
    assert models["deepseek"] == {"api_key": "", "base_url": "https://api.deepseek.com", "model": "deepseek-chat"}


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        (
            {"AI_PROVIDER": "oracle"},
            "AI_PROVIDER='oracle' must be one of rules, deepseek, openai, anthropic, gemini, qwen",
        ),
        ({"AI_PRICES": "my-model"}, "price of my-model: '' is not in:out"),
    ],
)
def test_a_wrong_variable_is_one_line(tmp_path, variables, line):
    answer = said("pass", tmp_path, **variables)

    assert answer.returncode == 1
    assert answer.stderr == f"duo-live: {line}\n"


def test_sources_of_context_have_a_file_in_the_home_and_keys_by_their_beginning(tmp_path):
    (tmp_path / "key").write_text("from-a-file\n")
    given = {
        "AI_CONTEXT_KEY_FRED": "from-the-shell",
        "AI_CONTEXT_KEY_GLASSNODE_FILE": str(tmp_path / "key"),
        "TRADING_PASSWORD": "of the desk",
    }

    assert setting("AI_CONTEXT_KEYS", tmp_path, **given) == {
        "AI_CONTEXT_KEY_FRED": "from-the-shell",
        "AI_CONTEXT_KEY_GLASSNODE": "from-a-file",
    }
    assert setting("AI_CONTEXT_FILE", tmp_path) == str(tmp_path / "home" / "context.json")
    assert setting("AI_CONTEXT_FILE", tmp_path, AI_CONTEXT_FILE="/etc/desk/sources.json") == "/etc/desk/sources.json"


def test_a_key_whose_file_is_not_there_is_one_line(tmp_path):
    answer = said("pass", tmp_path, AI_CONTEXT_KEY_FRED_FILE="/nowhere/key")

    assert answer.returncode == 1
    assert answer.stderr.startswith("duo-live: AI_CONTEXT_KEY_FRED_FILE: cannot read /nowhere/key")


def test_every_provider_is_documented():
    documented = re.findall(r"^# ([A-Z]+)_(API_KEY|BASE_URL|MODEL)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    for name in ("DEEPSEEK", "OPENAI", "ANTHROPIC", "GEMINI", "QWEN"):
        assert {kind for provider, kind in documented if provider == name} == {"API_KEY", "BASE_URL", "MODEL"}


def test_keys_are_struck_out_of_the_logs(tmp_path):
    code = (
        "import logging.config, structlog; logging.config.dictConfig(s.LOGGING);"
        " structlog.get_logger('advisor').warning('told', text='it was sk-very-secret-key')"
    )

    written = said(code, tmp_path, GEMINI_API_KEY="sk-very-secret-key").stderr

    assert "it was" in written
    assert "sk-very-secret-key" not in written


def test_only_providers_with_a_key_may_be_asked(settings):
    settings.AI_PROVIDER = "deepseek"
    settings.AI_MODELS = {"deepseek": MODEL | {"api_key": ""}, "anthropic": MODEL, "openai": MODEL}

    found = catalogue.advisers()

    assert [adviser.name for adviser in found] == ["anthropic", "openai"]
    assert isinstance(found[0], AnthropicNative)


def test_rules_mode_asks_nobody_even_with_keys(settings):
    settings.AI_PROVIDER = "rules"
    settings.AI_MODELS = {"deepseek": MODEL}

    assert catalogue.advisers() == []


def test_the_panel_is_as_the_settings_say(settings):
    settings.AI_PROVIDER, settings.AI_MODELS, settings.AI_DEADLINE_SECONDS = "openai", {"openai": MODEL}, 7
    settings.LANGUAGE, settings.AI_PRICES = "zh-hans", {"stub": PRICES.price("stub")}

    panel = panel_of_settings()

    assert (panel.preferred, panel.language, panel.seconds) == ("openai", "zh", 7)
    assert panel.caps.hour == settings.AI_BUDGET_HOUR
