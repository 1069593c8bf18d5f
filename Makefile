# Headroom: every command a person needs. Each one does its own set-up; what is already done costs nothing.
PYTHON := $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SPREAD := -n auto --maxprocesses 4 --dist worksteal
# The longest first (it compiles the simulation where that was not done), one for each core; each one's words stay
# together where this make can do that.
CHECKS := check-content check-types check-scripts check-templates check-site check-lint check-format check-imports
JOBS := $(shell $(PYTHON) -c "import os; print(os.cpu_count() or 1)")
WHOLE := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.DEFAULT_GOAL := help
.PHONY: help run test check $(CHECKS) bounds bench lighthouse lock format clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run:  ## set up and serve the course on http://127.0.0.1:8000 (PORT=… moves it)
	@$(PYTHON) tools/bootstrap.py run

test:  ## set up, with a browser, and run every test
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m pytest tests --ignore=tests/browser $(SPREAD)
	$(BIN)/python -m tests.servers.running tests/accounts tests/commerce tests/lessons tests/studio -k "not as_intended" $(SPREAD)
	$(BIN)/python -m pytest tests/browser $(SPREAD)

check:  ## format, lint, types, import contracts, templates, content
	@$(PYTHON) tools/bootstrap.py tools
	@$(MAKE) --no-print-directory --keep-going --jobs=$(JOBS) $(WHOLE) $(CHECKS)

check-content:
	@$(PYTHON) tools/bootstrap.py check
	DEBUG=1 $(BIN)/python manage.py check_content --claims

check-types:
	DEBUG=1 $(BIN)/mypy

check-format:
	$(BIN)/ruff format --check .

check-lint:
	$(BIN)/ruff check .

check-imports:
	$(BIN)/lint-imports

check-templates:
	$(BIN)/djlint templates --check --lint

check-scripts:
	$(BIN)/python tools/node.py node_modules/typescript/bin/tsc --project jsconfig.json

check-site:
	DEBUG=1 $(BIN)/python manage.py check --fail-level WARNING
	DEBUG=1 $(BIN)/python manage.py makemigrations --check --dry-run

lighthouse:  ## Lighthouse on the lesson page, three times, mobile preset
	@$(PYTHON) tools/bootstrap.py test
	$(BIN)/python -m tests.browser.lighthouse

bounds:  ## random systems, timelines and faults on an engine that checks each index (compiled apart, a minute or two)
	@$(PYTHON) tools/bootstrap.py check
	NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest tests/simulator -k "test_balancing or test_faults or test_links or test_runs or test_stateful_invariants"

bench:  ## the engine's speed beside SimPy, Ciw and a loop in C, what a learner waits for, learners at once: figure and goal
	@$(PYTHON) tools/bootstrap.py bench
	@DEBUG=1 $(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.learners

lock:  ## renew the locks from requirements/*.in and package.json
	@$(PYTHON) tools/bootstrap.py check
	for set in base dev node bench uv; do $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 requirements/$$set.in -o requirements/$$set.txt || exit 1; done
	$(BIN)/python tools/node.py npm install --package-lock-only

format:  ## format Python and templates in place
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint templates --reformat --quiet

clean:  ## remove everything that the set-up made (the database too)
	rm -rf .venv .venv-bench node_modules static/vendor var
