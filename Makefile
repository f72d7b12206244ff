# Muster. `make help` lists what can be made.
# Everything lives in .venv; the stamps in it say which lock it was made from.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-stamp
TEST_STAMP := $(VENV)/.test-stamp
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2
TESTS ?= tests
ON_BOTH := tests/idp tests/conformance tests/oracles  # SQLite first, then again on PostgreSQL

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run demo test test-postgresql check format bench crash conformance errors tour lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(RUN_STAMP) ## make .venv with the program in it
setup-test: $(TEST_STAMP) ## the same, with what tests and checks need (a chromium for the pages too)

run: $(RUN_STAMP) ## serve on 127.0.0.1:8080 from muster.db (MUSTER_HOST, MUSTER_PORT, MUSTER_DATABASE, MUSTER_PUBLIC_URL)
	@exec $(BIN)/muster serve

demo: $(RUN_STAMP) ## the two-minute tour: a temporary server that simulated IdPs fill
	@exec $(BIN)/muster demo

test: $(TEST_STAMP) ## run all tests (TESTS=tests/scim for some, WORKERS=4 for more processes)
	$(BIN)/python -m pytest $(TESTS) -q -n $(WORKERS) --dist loadfile --durations 10
ifeq ($(TESTS),tests)
	MUSTER_TEST_STORE=postgresql $(BIN)/python -m pytest $(ON_BOTH) -q -n $(WORKERS) --dist loadfile
endif

test-postgresql: $(TEST_STAMP) ## run what asks a PostgreSQL on another one (PROGRAMS=/usr/lib/postgresql/15/bin)
	@for program in initdb postgres psql pg_dump pg_restore; do test -x "$(PROGRAMS)/$$program" || { \
	  echo "there is no $(PROGRAMS)/$$program: make test-postgresql PROGRAMS=/usr/lib/postgresql/15/bin" >&2; exit 1; }; done
	$(PROGRAMS)/postgres --version
	MUSTER_TEST_POSTGRES=$(PROGRAMS) $(BIN)/python -m pytest tests -m postgresql -q -n $(WORKERS) --dist loadfile
	MUSTER_TEST_POSTGRES=$(PROGRAMS) MUSTER_TEST_STORE=postgresql $(BIN)/python -m pytest $(ON_BOTH) -q -n $(WORKERS) --dist loadfile

check: $(TEST_STAMP) ## lint, format, types, layers, size budget, documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest tests/architecture -q

format: $(TEST_STAMP) ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(TEST_STAMP) ## measure against the peers and print the table
	$(BIN)/python -m bench

crash: $(TEST_STAMP) ## kill the server under writes, 200 rounds
	MUSTER_CRASH_ROUNDS=200 $(BIN)/python -m pytest tests/durability -q

conformance: $(TEST_STAMP) ## run the conformance tests and write docs/conformance.md
	$(BIN)/python -m tests.conformance.report

errors: $(TEST_STAMP) ## write docs/reference/errors.md from the error catalogue
	$(BIN)/python -m muster.directory.catalogue.page > docs/reference/errors.md

tour: $(TEST_STAMP) ## picture each page of the console, in light and dark, into docs/tour
	$(BIN)/python -m tests.browser.tour

lock: .lock-venv/bin/uv ## choose the versions anew and write requirements/*.txt
	$< pip compile pyproject.toml --group build $(LOCK) --output-file requirements/run.txt
	$< pip compile pyproject.toml --group build --group test --constraint requirements/run.txt $(LOCK) --output-file requirements/test.txt
	@for file in run test; do \
	  printf '# Locked by `make lock` from pyproject.toml; do not edit by hand.\n' | cat - requirements/$$file.txt > requirements/$$file.new && \
	  mv requirements/$$file.new requirements/$$file.txt; done

LOCK := --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet

.lock-venv/bin/uv:
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/python -m pip --disable-pip-version-check --quiet install uv

clean: ## remove .venv, caches and builds (never a database)
	rm -rf $(VENV) .lock-venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "muster needs Python 3.11 or newer as $(PYTHON) (Debian: apt install python3 python3-venv; or make PYTHON=/path/to/python3.11)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "muster needs Python's venv module (Debian: apt install python3-venv)" >&2; exit 1; }
	@echo "setting up $(VENV) (once; this fetches the locked packages)" >&2
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements/run.txt pyproject.toml | $(BIN)/python
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(TEST_STAMP): requirements/test.txt $(RUN_STAMP)
	@$(PIP) install --require-hashes -r requirements/test.txt
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing chromium, which the tests of the pages use (once)" >&2; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else echo "the tests of the pages need chromium (Debian: apt install chromium)" >&2; exit 1; fi; }
	@touch $@
