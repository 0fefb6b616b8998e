# make chat                 ask the bundled sample in a web page (SOURCES=dir: ask your own folder)
# make test                 run all tests
# make check                format, lint, types and tests: what CI runs
# make docs                 build the documentation into site/
# make wheel                build dist/*.whl and the sdist
# make clean                remove what these made here (model files stay in the user's cache)

PYTHON ?= python3
SOURCES ?= samples
PORT ?= 7860
BIN := .venv/bin
PYTEST = $(BIN)/python -m pytest
# Each file of tests in one of two processes, since some share what is slow to make; in order, since browsers come last.
# Ray starts processes of its own, and has the machine to itself.
CLUSTER = tests/index/test_cluster.py
REST = --ignore=$(CLUSTER) -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: chat test check docs wheel clean

chat: .venv/installed
	$(BIN)/yiju chat --sources "$(SOURCES)" --port $(PORT)

test: .venv/installed-dev
	$(PYTEST) $(CLUSTER)
	$(PYTEST) $(REST)

check: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST) $(CLUSTER)
	$(PYTEST) $(REST) --durations=10

docs: .venv/installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

wheel: .venv/installed-dev
	$(BIN)/python -m hatchling build

clean:
	rm -rf .venv build dist site *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/pip: constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	touch $@

# pip compiles on one processor, compileall on all; it fails over templates of others that are no Python, and goes on.
INSTALL = $(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt
COMPILE = $(BIN)/python -W ignore -m compileall -qq -j 0 .venv/lib || true

.venv/installed: .venv/pip pyproject.toml
	$(INSTALL) --editable .
	$(COMPILE)
	touch $@

.venv/installed-dev: .venv/pip pyproject.toml
	$(INSTALL) --editable ".[dev]"
	$(COMPILE)
	touch .venv/installed $@
