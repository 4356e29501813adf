# Everything sets itself up: a virtual environment, filled from the lock file by hash.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo test lint unit bench soak fuzz letters lock clean

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

setup: $(READY) ## The virtual environment

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: setup ## Three weeks of a mentor's life, left in demo/ to look at
	@$(BIN)/mentor-agent demo --keep demo

test: lint unit ## Lint, formatting, types and tests

lint: setup
	$(BIN)/ruff check agent tests bench
	$(BIN)/ruff format --check agent tests bench
	$(BIN)/mypy

unit: setup
	$(BIN)/pytest -n 2 --dist worksteal

bench: setup ## Speed and memory, as ratios in one run
	@$(BIN)/python -m bench

soak: setup ## Ten thousand ticks with servers that have bad days (a quarter of an hour); a table of figures
	@$(BIN)/python -m tests.soak --ticks 10000 --seed 1

fuzz: setup ## Damaged and hostile mails through every reader; offenders are left in build/fuzz
	@$(BIN)/python -m tests.word.fuzz --inputs 100000 --seed 1

letters: setup ## Every letter as a page and, where Chromium is installed, as a picture, in build/letters
	@$(BIN)/python -m tests.letters.pictures build/letters

lock: ## Resolve pyproject.toml anew (needs uv); the lock file names no index
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header -o requirements.lock

clean: ## Remove what the targets made
	rm -rf $(VENV) build demo .mypy_cache .ruff_cache .pytest_cache
