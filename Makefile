# Everything runs from here; PYTHON may name another interpreter (make test PYTHON=python3.13).
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: install demo test test-slow lint bench interpreters libraries clients check-clients mcpb

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
	$(BIN)/python -m pytest -m "not slow"

# Minutes more: hundreds of kills, and checkpoints of sessions with large libraries at work.
test-slow: install libraries
	$(BIN)/python -m pytest -m slow

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

# The MCP server in the hands of real clients, which npm has. They talk to a model on this machine that is none.
clients: checks/node_modules/.installed

checks/node_modules/.installed: checks/package.json
	cd checks && npm install --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

check-clients: install clients
	$(BIN)/python -m pytest checks

# The MCP server as a bundle for Claude Desktop, which runs it with uv.
mcpb: clients
	rm -rf dist/mcpb && mkdir -p dist/mcpb
	cp -R pyproject.toml README.md LICENSE src plugins/mcpb/. dist/mcpb
	checks/node_modules/.bin/node checks/node_modules/.bin/mcpb pack dist/mcpb dist/ramet.mcpb

# MEASURES may name some: make bench MEASURES='warm sizes'.
bench: install bench/.venv/.installed bench/.repld/.installed
	$(BIN)/python bench/run.py $(MEASURES)

bench/.venv/.installed: bench/requirements.txt bench/peers.txt
	$(PYTHON) -m venv bench/.venv
	bench/.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement bench/requirements.txt
	grep -v '^#' bench/peers.txt | while read -r peer; do \
	    bench/.venv/bin/python $(PIP_QUIET) "$$peer" || echo "$$peer cannot be installed here" >&2; \
	done
	@touch $@

# It needs a newer Python than ramet does.
bench/.repld/.installed: bench/repld.txt
	python=$$(for version in 3.12 3.13 3.14; do $(BIN)/python tests/support.py $$version && break; done); \
	    $${python:-$(PYTHON)} -m venv --clear bench/.repld
	bench/.repld/bin/python $(PIP_QUIET) --requirement bench/repld.txt || echo "repld cannot be installed here" >&2
	@touch $@
