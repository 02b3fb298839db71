# Jr: `make` prints the targets.
PYTHON ?= python3
EXTRAS ?=
VENV := .venv
BIN := $(VENV)/bin
comma := ,
LOCKS := runtime $(subst $(comma), ,$(EXTRAS))

.DEFAULT_GOAL := help
.PHONY: help install demo run test acceptance check bench soak lock fmt

help: ## print the targets
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(foreach l,$(LOCKS),$(VENV)/.$(l)) ## set up .venv from hashed locks (EXTRAS=rlm,embedded,bench)

demo: $(VENV)/.embedded ## post an instruction to the real service with a real model
	$(BIN)/jr demo

run: $(VENV)/.runtime ## serve on 127.0.0.1:8080 with SQLite under ./var
	$(BIN)/jr serve

test: $(VENV)/.dev $(VENV)/.embedded $(VENV)/.rlm ## run the test suite
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not weights and not exhaustive"

acceptance: $(VENV)/.dev $(VENV)/.embedded ## ten tickets and the embedded server's tests, on the real model
	$(BIN)/python -m pytest -n 0 -m weights -s

check: $(VENV)/.dev $(VENV)/.embedded $(VENV)/.rlm ## format, lint, types, import contracts, lock freshness
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/lock --check

bench: $(VENV)/.bench $(VENV)/.dev $(VENV)/.embedded ## run the benchmarks, results under bench/results/
	$(BIN)/python -m bench

soak: $(VENV)/.dev ## thousands of kills over both databases; takes an hour
	$(BIN)/python -m pytest -n 0 tests/crash --soak
	$(BIN)/python -m pytest -n 0 -m exhaustive

lock: $(VENV)/.dev ## make the hashed locks anew from pyproject.toml
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/lock

fmt: $(VENV)/.dev ## format and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Jr needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.build: requirements/build.txt | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

$(VENV)/.%: requirements/%.txt pyproject.toml | $(BIN)/python $(VENV)/.build
	@echo "installing what $< pins"
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $<
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
