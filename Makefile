# Every target sets up .venv by itself: python3, make and a network are all that a fresh machine needs.
#
#   make demo         a whole purchase between strangers, in separate processes   (ARGS=--json, ARGS="--keep DIR")
#   make test         every check of the house: tests, types, style, contracts    (ARGS="-k words", ARGS=tests/model)
#   make test-deep    also the checks that take minutes
#   make bench        the measurements; writes benchmarks/results.json
#   make model        check the independent model of the exchange (needs spin and a C compiler; else it says so)
#   make lint         style, types and contracts alone
#   make lock         compile requirements/*.txt and trust_roots/drivers.lock anew (needs uv)
#   make docs         write the generated reference pages anew
#   make wheel        build dist/*.whl, with the bundles inside
#   make system-deps  install what only tests use (SoftHSM, Spin), where root and apt are there
#   make clean        remove .venv and everything that was generated

PYTHON ?= python3
ARGS ?=
# One more than there are processors: a third of the tests' time is waiting for processes and disks.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

VENV := .venv
BIN := $(VENV)/bin
DEPENDENCIES := $(VENV)/.dependencies
INSTALLED := $(VENV)/.installed
DRIVERS := $(shell find plugins/trusted_io -type f -name '*.py')
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

.PHONY: demo test test-deep bench model lint lock docs wheel system-deps clean install
.DELETE_ON_ERROR:

demo: $(INSTALLED)
	@$(BIN)/semper demo $(ARGS)

test: $(INSTALLED)
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadscope $(ARGS)

test-deep: $(INSTALLED)
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadscope -m "deep or not deep" $(ARGS)

bench: $(INSTALLED)
	$(BIN)/python benchmarks/run.py $(ARGS)

model:
	@$(PYTHON) docs/explanation/model/check.py

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(INSTALLED)
	$(BIN)/python docs/generate.py

wheel: $(INSTALLED)
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

lock:
	$(COMPILE) pyproject.toml requirements/build.in -o requirements/runtime.txt
	$(COMPILE) pyproject.toml requirements/build.in requirements/dev.in -c requirements/runtime.txt -o requirements/dev.txt
	$(MAKE) $(INSTALLED)
	$(BIN)/python -m semper_host.supporting.trusted_ui.lock trust_roots/drivers.lock terminal scripted

# SoftHSM plays the PKCS#11 token in tests, Spin checks the model; without them those are skipped. Nothing else needs them.
system-deps:
	@if command -v softhsm2-util >/dev/null 2>&1 && command -v spin >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq softhsm2 spin >/dev/null 2>&1 || true; \
	fi

install: $(INSTALLED)

# The host itself is installed editable; its two drivers are copied (pyproject.toml, force-include), because the drivers'
# lock speaks of installed files. So a change of a driver, and only that, asks for another install.
$(INSTALLED): $(DEPENDENCIES) pyproject.toml hatch_build.py $(DRIVERS)
	@echo "installing the host into $(VENV)"
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(DEPENDENCIES): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 16))' 2>/dev/null || { \
	  echo "cannot set up: '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo missing); Python 3.11 to 3.15 is needed." >&2; \
	  echo "If you have one under another name, say so: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 3; }
	@echo "setting up $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV) || { \
	  echo "cannot set up: '$(PYTHON) -m venv' failed; some systems ship it as a package of its own (python3-venv)." >&2; \
	  rm -rf $(VENV); exit 3; }
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -path ./.git -prune -o -name __pycache__ -type d -exec rm -rf {} +
