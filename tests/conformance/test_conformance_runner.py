"""The runner of the conformance checks: environments by their requirements, outcomes from lines, tables."""

import json
from pathlib import Path

import pytest

from tests.conformance import environments
from tests.conformance.run import CLIENTS, SCRIPTS, read_outcomes
from tests.conformance.table import Outcome, as_markdown, as_text, summary

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENT = REPOSITORY / "docs" / "paper-exchange.md"


def outcome(**more):
    return Outcome(**({"client": "ccxt", "version": "1.0", "check": "trades", "ok": True} | more))


def lines(*rows):
    return iter([json.dumps(row) for row in rows])


class TestOutcomes:
    def test_each_check_of_a_script_is_a_row_under_its_client_and_version(self):
        told = lines(
            {"client": "ccxt", "version": "1.0"},
            {"check": "trades", "ok": True, "detail": "", "seconds": 0.1},
            {"check": "streams", "ok": False, "detail": "silent", "seconds": 0.1},
            {"done": True},
        )

        found = list(read_outcomes("ccxt", told))

        assert found == [outcome(), outcome(check="streams", ok=False, detail="silent")]

    def test_a_script_that_dies_is_a_failure_of_its_own(self):
        found = list(
            read_outcomes("ccxt", lines({"client": "ccxt", "version": "1.0"}, {"check": "trades", "ok": True}))
        )

        assert [row.ok for row in found] == [True, False]

    def test_a_script_that_says_nothing_fails_under_the_name_it_was_started_by(self):
        (found,) = read_outcomes("freqtrade", iter([]))

        assert (found.client, found.ok) == ("freqtrade", False)

    def test_what_a_client_prints_itself_is_passed_over(self):
        told = iter(["hello\n", '"text"\n', json.dumps({"done": True})])

        assert list(read_outcomes("ccxt", told)) == []


class TestTables:
    def test_the_terminal_shows_why_a_check_failed(self):
        assert as_text(outcome()) == "pass  ccxt 1.0  trades"
        assert as_text(outcome(ok=False, detail="silent")) == "FAIL  ccxt 1.0  trades\n      silent"

    def test_the_page_keeps_its_columns_whatever_a_client_says(self):
        page = as_markdown([outcome(ok=False, detail="a | b\nc")])

        assert page.splitlines()[-1] == r"| ccxt | 1.0 | trades | **fail**: a \| b c |"

    def test_the_summary_counts_what_passed(self):
        assert summary([outcome(), outcome(ok=False)]) == "1 of 2 checks passed"


class TestEnvironments:
    @pytest.fixture
    def requirements(self, tmp_path, monkeypatch):
        path = tmp_path / "requirements" / "ccxt.txt"
        path.parent.mkdir()
        path.write_text("ccxt==1.0\n")
        monkeypatch.setattr(environments, "REQUIREMENTS", path.parent)
        return path

    @pytest.fixture
    def built(self, monkeypatch):
        """Homes of the environments built, each an empty one with an interpreter."""
        homes = []

        def build(home, requirements):
            homes.append(home)
            (home / "bin").mkdir(parents=True, exist_ok=True)
            (home / "bin" / "python").touch()

        monkeypatch.setattr(environments, "_build", build)
        return homes

    def test_an_environment_is_kept_while_its_requirements_are_the_same(self, tmp_path, requirements, built):
        first, second = (environments.ensure("ccxt", base=tmp_path / "env") for _ in range(2))

        assert first == second == tmp_path / "env" / "ccxt" / "bin" / "python"
        assert len(built) == 1

    def test_changed_requirements_build_it_anew(self, tmp_path, requirements, built):
        environments.ensure("ccxt", base=tmp_path / "env")
        requirements.write_text("ccxt==1.1\n")

        environments.ensure("ccxt", base=tmp_path / "env")

        assert len(built) == 2

    def test_a_failed_installation_leaves_no_stamp(self, tmp_path, requirements, monkeypatch):
        def fail(home, requirements):
            raise environments.EnvironmentFailed("no such version")

        monkeypatch.setattr(environments, "_build", fail)

        with pytest.raises(environments.EnvironmentFailed):
            environments.ensure("ccxt", base=tmp_path / "env")
        assert not (tmp_path / "env" / "ccxt" / environments.STAMP).exists()

    @pytest.mark.parametrize("client", CLIENTS)
    def test_every_requirement_is_pinned(self, client):
        rows = (environments.REQUIREMENTS / f"{client}.txt").read_text().splitlines()

        assert rows
        assert [row for row in rows if row.count("==") != 1] == []


@pytest.mark.parametrize("name", ["sdk_desk", "ccxt_desk", "checks_python_binance", "checks_freqtrade"])
def test_the_documentation_shows_the_very_code_that_the_checks_connect_with(name):
    script = (SCRIPTS / f"{name}.py").read_text(encoding="utf-8")
    code = script.split("# doc: connect\n")[1].split("# doc: end\n")[0].strip()

    assert code in DOCUMENT.read_text(encoding="utf-8")
