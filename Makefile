# Everything runs from here; PYTHON may name another interpreter (make test PYTHON=python3.13).
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: install demo test lint bench interpreters

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "ramet needs Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]' --group dev
	@touch $@

demo: install
	$(BIN)/python examples/01_explore.py

test: install
	$(BIN)/python -m pytest

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# For the tests of sessions on other versions: an environment with IPython for each Python found here.
OTHERS := 3.9 3.10 3.12 3.13
interpreters: install
	@for version in $(OTHERS); do \
	    python=$$($(BIN)/python tests/support.py $$version) || continue; \
	    [ -e .interpreters/$$version/.installed ] && continue; \
	    echo "$$version: $$python"; \
	    $$python -m venv --clear .interpreters/$$version && \
	    .interpreters/$$version/bin/python -m pip install --quiet --disable-pip-version-check ipython matplotlib && \
	    touch .interpreters/$$version/.installed || exit 1; \
	done

bench: install bench/.venv/.installed
	$(BIN)/python bench/run.py

bench/.venv/.installed: bench/requirements.txt
	$(PYTHON) -m venv bench/.venv
	bench/.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement bench/requirements.txt
	@touch $@
