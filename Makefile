# crmbridge: `make help` lists everything. A fresh machine needs python3 >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.synced
# Two workers: the suite is bound by processors, and two are what the smallest machine has.
WORKERS ?= 2
# Campaigns sleep a third of their time: one worker more took 337 s instead of 373 on two cores.
CAMPAIGN_WORKERS ?= 3
# What coverage is measured on: it makes tests take 1.6 times as long. The others, among them those
# marked `campaign`, run without it, the longest first, or a worker idles at the end.
MEASURED := tests/scenario/bridge tests/unit tests/property tests/contract tests/scenario/demo \
  tests/scenario/doctor tests/scenario/native_sync tests/scenario/setup
PLAIN := tests/contract/store tests/contract/node
CAMPAIGNS := tests/scenario/demo tests/e2e tests/scenario/olist tests/scenario/ordeal \
  tests/scenario/bridge tests/property tests/contract

.DEFAULT_GOAL := help
.PHONY: help demo test lint tools docs bench soak sandbox clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "crmbridge needs Python 3.11 or newer; set PYTHON=/path/to/python3.x" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "the venv module is missing: install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --frozen --inexact --quiet
	@touch $(STAMP)

demo: $(STAMP) ## Run six weeks of both CRMs, simulated, in about two minutes
	$(BIN)/crmbridge demo

test: lint tools ## Everything CI runs: lint, types, tests, coverage
	$(BIN)/python -m pytest -m "not campaign" -n $(WORKERS) --dist loadfile --cov --cov-report= \
	  $(MEASURED) $(foreach each,$(PLAIN),--ignore $(each))
	$(BIN)/python -m coverage report
	$(BIN)/python -m coverage report --include='src/crmbridge/core/*' --fail-under=100
	$(BIN)/python -m pytest -m "campaign and not soak" -n $(CAMPAIGN_WORKERS) --dist loadfile \
	  --no-loadscope-reorder $(CAMPAIGNS)
	$(BIN)/python -m pytest -m "not campaign" -n $(CAMPAIGN_WORKERS) --dist loadfile $(PLAIN)

lint: $(STAMP) ## Style, types and the direction of dependencies
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

tools: ## Bring what some tests need and PyPI does not have
	@.ci/tools

docs: $(STAMP) ## Build the documentation site into build/site; a dead link fails
	$(BIN)/python docs/reference.py --check
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --nitpicky docs build/site

bench: $(STAMP) ## Measure cost and speed as ratios
	$(BIN)/python benchmarks/api_calls.py --sizes 10 1000
	$(BIN)/python benchmarks/first_sync.py --sizes 3000
	$(BIN)/python benchmarks/decision_speed.py --people 20000
	$(BIN)/python benchmarks/reading.py salesforce --sizes 10000 100000
	$(BIN)/python benchmarks/reading.py hubspot --sizes 10000 100000
	$(BIN)/python benchmarks/simulator_state.py --sizes 10000 100000

soak: $(STAMP) ## Long campaigns: many seeds, many stories, mutants of the lead standard
	$(BIN)/python -m pytest -m soak --no-cov --timeout=0 tests/scenario
	$(BIN)/python benchmarks/soak_demo.py
	$(BIN)/python benchmarks/soak_engagements.py
	SEEDS=1-200 $(BIN)/python benchmarks/soak_ordeal.py
	$(BIN)/python benchmarks/soak_chaos.py
	UNDONE=2500 $(BIN)/python -m pytest tests/scenario/bridge/test_undo_at_scale.py \
	  --no-cov --timeout=0
	ADOPTED=20000 $(BIN)/python -m pytest tests/scenario/bridge/test_going_live_at_scale.py \
	  --no-cov --timeout=0
	EXAMPLES=4000 SEQUENCES=2000 $(BIN)/python -m pytest tests/property \
	  --no-cov --timeout=0
	$(BIN)/python benchmarks/mutate.py numbers
	$(BIN)/uv run --frozen --inexact --group mutants python benchmarks/mutate.py core

sandbox: $(STAMP) ## Serve both simulated CRMs
	$(BIN)/crmbridge sandbox

clean: ## Forget everything that was made
	rm -rf build dist $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage .coverage.*
