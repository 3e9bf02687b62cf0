PYTHON  ?= python3
PROFILE ?= dev
JOBS    ?= 2

BIN     := .venv/bin
YUANLIU := $(BIN)/yuanliu
COMPILE := $(BIN)/python -m scripts.compile
PYTEST  := $(BIN)/pytest -n $(JOBS)
UV_LOCK := $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate

CONSORTIUM := .venv/consortium-installed
ENGINE     := $(if $(filter consortium,$(PROFILE)),$(CONSORTIUM))

export PROFILE

.DEFAULT_GOAL := help
.PHONY: help install run demo test check bench faults soak compile lock clean

help:  ## this text
	@echo "Yuanliu: a receivables ledger that anyone can check. First: make demo"
	@echo
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18
	@echo
	@echo "PROFILE=dev (default) or consortium names the engine; JOBS=2 the test workers; PYTHON the interpreter."

install: .venv/installed node_modules/.installed $(ENGINE)  ## everything from the lock files, hashes checked

.venv/installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later, please")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(CONSORTIUM): requirements-consortium.lock .venv/installed
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-consortium.lock
	touch $@

.venv-slither/installed: requirements-slither.lock
	test -x .venv-slither/bin/python || $(PYTHON) -m venv .venv-slither
	.venv-slither/bin/python -m pip install --quiet --require-hashes --requirement requirements-slither.lock
	touch $@

node_modules/.installed: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

run: install  ## node, API and its docs page, seeded by the demo, until Ctrl-C
	$(YUANLIU) run

demo: install  ## one receivable from an invoice to a bundle you can verify; STORY=financing for the other story
	$(YUANLIU) demo $(if $(STORY),--story $(STORY))

test: check  ## install, check, then every test but the long ones
	$(PYTEST) --dist loadgroup -m "not soak"

check: install $(CONSORTIUM) .venv-slither/installed  ## lint, format, types, import directions, artifacts, slither
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(COMPILE) --check
	scripts/slither.sh

bench: install  ## speed and gas as one JSON object; SCALE=1000000 lots for the officer's questions
	@$(YUANLIU) bench $(if $(SCALE),--scale $(SCALE))

faults: install $(CONSORTIUM)  ## four validators broken in every way, under load: a table
	$(BIN)/python -m tests.faults

soak: install $(CONSORTIUM)  ## the long tests: 20,000 acts, 200 crashes
	$(PYTEST) -m soak

compile: install  ## contracts/artifacts from the Solidity sources
	$(COMPILE)

lock: install  ## renew the lock files from pyproject.toml and package.json
	$(UV_LOCK) pyproject.toml --output-file requirements.lock
	$(UV_LOCK) pyproject.toml --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	$(UV_LOCK) pyproject.toml --extra consortium --constraint requirements.lock --output-file requirements-consortium.lock
	$(UV_LOCK) --group slither --output-file requirements-slither.lock
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved

clean:  ## caches and local state; keeps .venv and node_modules
	rm -rf var build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -not -path './node_modules/*' -prune -exec rm -rf {} +
