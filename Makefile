# Everything runs from here; PYTHON may name another interpreter (make test PYTHON=python3.13).
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: install demo test lint bench interpreters libraries

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

# For the tests of checkpoints with real libraries. torch comes apart: without its needs, and only as the build for the
# CPU, because the other one brings gigabytes for devices; where there is no such build, its tests are skipped.
LIBRARIES := .interpreters/libraries
PIP_QUIET := -m pip install --quiet --disable-pip-version-check --no-compile
libraries: $(LIBRARIES)/.installed

$(LIBRARIES)/.installed: tests/libraries.txt
	$(PYTHON) -m venv --clear $(LIBRARIES)
	$(LIBRARIES)/bin/python $(PIP_QUIET) --requirement tests/libraries.txt
	$(LIBRARIES)/bin/python $(PIP_QUIET) typing_extensions
	$(LIBRARIES)/bin/python $(PIP_QUIET) --no-deps torch==2.13.0+cpu || echo "no build of torch for the CPU here" >&2
	@touch $@

bench: install bench/.venv/.installed
	$(BIN)/python bench/run.py

bench/.venv/.installed: bench/requirements.txt
	$(PYTHON) -m venv bench/.venv
	bench/.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement bench/requirements.txt
	@touch $@
