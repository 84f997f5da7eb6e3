# Two commands do all set-up: "make demo" and "make test". They need Python 3.11 or newer and make.
#
#   make test PYTHON=python3.12          another interpreter; it gets a venv of its own
#   make test PYTEST_ARGS="-k bulk -x"   arguments for pytest
#   make demo DEMO_ARGS="--help"         arguments for the demo

PYTHON ?= python3
# One venv per interpreter: .venv for python3, .venv-python3.12 for python3.12.
VENV ?= .venv$(addprefix -,$(filter-out python3,$(notdir $(PYTHON))))
VENV_DOCS ?= $(VENV)-docs
VENV_LOWEST ?= $(VENV)-lowest
VENV_CANAILLE ?= .venv-canaille
PYTEST_ARGS ?=
# Test files are shared out among so many processes; 0 runs them in one, for a debugger.
PYTEST_WORKERS ?= auto
DEMO_ARGS ?=

BIN := $(VENV)/bin
PACKAGING := setup.cfg pyproject.toml
CANAILLE_REQUIREMENTS := tests/idp/canaille-requirements.txt
AXE := tests/browser/node_modules/.package-lock.json
# The oldest releases that setup.cfg lets in, together with what Flask and Flask-SQLAlchemy ask for.
LOWEST := flask==3.1.0 marshmallow==4.0.0 itsdangerous==2.2.0 blinker==1.9.0 apispec==6.4.0 \
	flask-sqlalchemy==3.1.0 SQLAlchemy==2.0.20 psycopg==3.1.8 psycopg-binary==3.1.8 PyMySQL==1.1.0 \
	limits==5.0.0 redis==5.0.0 authlib==1.9.0 joserfc==1.6.8 requests==2.32.2 flask-wtf==1.2.0 \
	flask-babel==4.0.0 httpx==0.27.0
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check

define NEED_PYTHON

This needs Python 3.11 or newer, and "$(PYTHON)" is not that.
Name one that is, for example: make $(MAKECMDGOALS) PYTHON=python3.12

endef

define NEED_VENV

"$(PYTHON)" cannot create virtual environments: its venv or ensurepip module is missing.
On Debian and Ubuntu install the package python3-venv (or python3.12-venv, after your version).

endef

export NEED_PYTHON
export NEED_VENV

# Every venv begins here: says no in words before anything is half made.
define make_venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "$$NEED_PYTHON" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$$NEED_VENV" >&2; exit 1; }
	@echo "Making $(1) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(1)
endef

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lowest install lint format docs conformance messages bench coverage canaille \
	browser screenshots clean

help:
	@echo "make demo      run the example gateway with SCIM and watch it being provisioned"
	@echo "make test      run all tests (those of absent services skip, and say so)"
	@echo "make lowest    run all tests on the oldest dependencies we promise to work with"
	@echo "make lint      ruff and mypy"
	@echo "make docs      build the documentation into docs/_build/html"
	@echo "make conformance  write docs/conformance.rst from the list and the tests that hold it"
	@echo "make messages  write the catalogue of the console's texts, for translators"
	@echo "make bench     run the benchmarks"
	@echo "make coverage  run all tests and show what they did not reach"
	@echo "make canaille  install the Canaille identity provider for the tests that talk to it"
	@echo "make browser   install axe-core for the tests that open the console in Chromium"
	@echo "make screenshots  take the documentation's pictures of the console again"
	@echo "make clean     remove what the above made"

demo: $(VENV)/.demo-installed
	$(BIN)/python -m examples.gateway.demo $(DEMO_ARGS)

test: install
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile $(PYTEST_ARGS)

lowest: $(VENV_LOWEST)/.installed
	$(VENV_LOWEST)/bin/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile $(PYTEST_ARGS)

install: $(VENV)/.test-installed

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV_DOCS)/.installed
	$(VENV_DOCS)/bin/python -m sphinx -W --keep-going --quiet -b html docs docs/_build/html
	@echo "The documentation is in docs/_build/html/index.html"

conformance: install
	$(BIN)/python -m tests.conformance.page

messages: install
	$(BIN)/python -m tests.admin.catalogue

bench: install
	$(BIN)/python -m pytest tests/benchmarks -m benchmark $(PYTEST_ARGS)

coverage: install
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile --cov \
		--cov-report=term-missing $(PYTEST_ARGS)

canaille: $(VENV_CANAILLE)/.installed

browser: $(AXE)

# With Debian's packages chromium, fonts-inter and fonts-dejavu they look like those that are there.
screenshots: install
	$(BIN)/python -m tests.browser.screenshots

clean:
	rm -rf .venv* build dist docs/_build htmlcov .coverage .coverage.*
	rm -rf tests/browser/node_modules
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps make a second call fast: an install is repeated only when the packaging changed.

$(VENV)/.demo-installed: $(PACKAGING) | $(BIN)/python
	$(BIN)/python $(PIP_INSTALL) -e '.[sqlalchemy,simulator,admin,sso,connectors]'
	@touch $@

$(VENV)/.test-installed: $(PACKAGING) | $(BIN)/python
	$(BIN)/python $(PIP_INSTALL) -e '.[sqlalchemy,postgresql,mariadb,dev]'
	@touch $@ $(VENV)/.demo-installed

# pip, and not this file, sees to it that the oldest are still within the bounds of setup.cfg.
$(VENV_LOWEST)/.installed: $(PACKAGING) Makefile | $(VENV_LOWEST)/bin/python
	$(VENV_LOWEST)/bin/python $(PIP_INSTALL) -e '.[sqlalchemy,postgresql,mariadb,dev]' $(LOWEST)
	@touch $@

$(VENV_DOCS)/.installed: $(PACKAGING) | $(VENV_DOCS)/bin/python
	$(VENV_DOCS)/bin/python $(PIP_INSTALL) -e '.[sqlalchemy,docs]'
	@touch $@

$(VENV_CANAILLE)/.installed: $(CANAILLE_REQUIREMENTS) | $(VENV_CANAILLE)/bin/python
	$(VENV_CANAILLE)/bin/python $(PIP_INSTALL) -r $(CANAILLE_REQUIREMENTS)
	@touch $@

$(AXE): tests/browser/package.json tests/browser/package-lock.json
	npm ci --prefix tests/browser --ignore-scripts --no-audit --no-fund
	@touch $@

$(BIN)/python:
	$(call make_venv,$(VENV))

$(VENV_LOWEST)/bin/python:
	$(call make_venv,$(VENV_LOWEST))

$(VENV_DOCS)/bin/python:
	$(call make_venv,$(VENV_DOCS))

$(VENV_CANAILLE)/bin/python:
	$(call make_venv,$(VENV_CANAILLE))
