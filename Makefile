# Everything here needs only Python 3.11 or newer and make. uv is used where it is installed;
# elsewhere it is installed into .tools, beside the project and nowhere else.

UV   := $(if $(shell uv --version 2>/dev/null),uv,.tools/bin/uv)
RUN  := $(UV) run --no-sync
PORT ?= 8501
# Once, instead of at every start where Python may not write beside what it reads.
COMPILE := $(RUN) python -m compileall -q dashboard data pipelines

.PHONY: demo test lint bench docs screenshots clean environment

demo: $(filter .tools/%,$(UV))
	@echo "Setting up the environment in .venv (seconds, once its packages are here) ..."
	@$(UV) sync --frozen --no-dev --inexact --compile-bytecode
	@$(COMPILE)
	@$(RUN) dashboard --demo --port $(PORT)

test: environment
	$(RUN) pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: environment
	$(RUN) ruff check
	$(RUN) ruff format --check

bench: environment
	@failed=0; for name in load_csv load_json load_xlsx load_part readings large pages verdicts pack pull; do \
		$(RUN) python -m benchmarks.$$name || failed=1; \
	done; exit $$failed

# Every page in every size, light and dark, to be looked at: tests/browser/screenshots.
screenshots: environment
	$(RUN) python -m tests.browser.screenshots

docs: environment
	$(RUN) python -m dashboard.catalogue

# Exports, loads and settings stay: data/ is not touched.
clean:
	rm -rf .venv .tools .pytest_cache .ruff_cache .hypothesis test-results dist benchmarks/work
	find benchmarks dashboard data pipelines tests -name __pycache__ -type d -prune -exec rm -rf {} +

environment: $(filter .tools/%,$(UV))
	@echo "Setting up the environment in .venv, with what the tests need ..."
	@$(UV) sync --frozen --compile-bytecode
	@$(COMPILE)

.tools/bin/uv:
	@echo "uv is not installed here: installing it into .tools ..."
	@for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	done; \
	if $$python -m venv .tools 2>/dev/null; then .tools/bin/pip install --quiet uv; \
	elif $$python -m pip --version >/dev/null 2>&1; then $$python -m pip install --quiet --target .tools uv; \
	else \
		rm -rf .tools; \
		echo "This needs uv, or a Python 3.11 or newer that can make environments: install uv," >&2; \
		echo "or Python's venv module (Debian, Ubuntu: apt install python3-venv), and try again." >&2; \
		exit 2; \
	fi
