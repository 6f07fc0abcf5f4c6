# The commands of the machine room. Everything runs from .venv, which the first command makes.
#
#   make demo     the whole desk on recorded market data: URL, user and password are printed, Ctrl-C stops all
#                 START=2024-12-18T20:55Z another moment, SPEED=60 market seconds per second, RESUME=1 goes on
#   make test     the tests that need only .venv, about ten minutes
#   make check    lint, types, import contracts, migrations, API schema, translations
#   make test-all everything, hours
#   make conformance  the official SDK, ccxt, python-binance and freqtrade trade on the paper exchange: docs/conformance.md
#   make drill    faults x kills x position states against the real processes: docs/drill.md, within an hour
#   make bench    how fast exchange and desk are, beside bare servers: three minutes, on a quiet machine

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

START ?= 2024-11-23T16:55Z
SPEED ?= 60
DEMO_HOME := var/demo

# Checks see the settings of the tests, not the installation on this machine.
MANAGE := DUOLIVE_ENV_FILE= DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py

# A file's tests stay together: some share a desk of real processes.
TWO_AT_A_TIME := -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help demo test check test-all conformance drill bench clean

help:
	@sed -n 's/^#//p' Makefile | head -10

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv is missing: install the package python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.python requirements.txt
	@echo "installing what the desk needs into $(VENV)"
	@$(PIP) install --require-hashes --requirement requirements.txt
	@touch $@

# The tests' set holds the runtime's, pin for pin.
$(VENV)/.tests: $(VENV)/.python requirements.txt requirements-test.txt
	@echo "installing what the desk and its tests need into $(VENV)"
	@$(PIP) install --require-hashes --requirement requirements-test.txt
	@touch $(VENV)/.runtime $@

# Without .env: a demo must not meet the database or the keys of a real desk. Variables of the shell do count.
demo: $(VENV)/.runtime
	@exec env DUOLIVE_ENV_FILE= $(BIN)/python manage.py up --env replay --home $(DEMO_HOME) \
	  --speed $(SPEED) --start $(START) --demo $(if $(RESUME),,--fresh)

test: $(VENV)/.tests
	@$(BIN)/python -m pytest -m "not long and not ci" $(TWO_AT_A_TIME)

check: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DUOLIVE_ENV_FILE= SECRET_KEY=unused $(BIN)/mypy .
	$(BIN)/lint-imports
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) spectacular --validate --fail-on-warn --file /dev/null
	$(MANAGE) translations --check

# On both databases where TEST_POSTGRES_URL names a server.
test-all: $(VENV)/.tests
	$(if $(TEST_POSTGRES_URL),TEST_DATABASE=postgres $(BIN)/python -m pytest)
	@$(BIN)/python -m pytest

# Makes its environments once, which alone needs a package index.
conformance: $(VENV)/.runtime
	@$(BIN)/python -m tests.conformance.run

# DRILL="--cases 30" for fewer, DRILL=--breaks to take each guard away in turn.
drill: $(VENV)/.runtime
	@$(BIN)/python -m tests.chaos.run $(DRILL)

bench: $(VENV)/.runtime
	@$(BIN)/python -m bench

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
