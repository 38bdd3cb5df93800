# `make` lists the commands.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help env demo test check bench shots format clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

env: $(STAMP) ## build .venv with the spanledger command in it

$(STAMP): pyproject.toml constraints.txt
	@echo "building $(VENV) with $$($(PYTHON) --version 2>&1) (a minute or two the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "SpanLedger needs Python 3.11 or newer, this is " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11 and run make again.")'
	@$(PYTHON) -m venv $(VENV)
	@PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar off -e '.[dev]'
	@# litellm asks for a newer certifi than some package indexes have; what else it needs is in the dev extra.
	@PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check --progress-bar off --no-deps litellm
	@touch $(STAMP)

demo: env ## start everything on the embedded engine with demo data
	@$(BIN)/spanledger demo

test: env ## run all tests
	@$(BIN)/python -m pytest -n 3 --dist loadfile

check: env ## formatter, linter, strict types, import contracts, SQL headers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m sql.check

format: env ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: env ## run the benchmarks, each a ratio against a peer in the same run
	@$(BIN)/python -m benchmarks

shots: env ## take screenshots of every page into shots/
	@$(BIN)/python -m tests.browser.shots

clean: ## remove the environment and caches
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build dist
