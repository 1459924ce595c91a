# Needs make and a Python that has pip; everything else is installed into .venv.
# Stays within GNU Make 3.81, which is what macOS ships.
PYTHON   ?= python3
VENV     ?= .venv
PLUGINS  ?= audio facemesh keyframes mocap video warp
PORTRAIT ?= examples/media/portrait.png
DRIVER   ?= examples/media/driver.mp4
DEMO     ?= out/demo.mp4
SHEET    ?= out/demo.png
CUT      ?= examples/cut.otio
ARGS     ?=

BIN      := $(VENV)/bin
FOLDERS  := $(addprefix plugins/a1sdk-,$(PLUGINS))
TESTED   := plugins/a1sdk-dit plugins/a1sdk-insightface
PROJECTS := pyproject.toml $(addsuffix /pyproject.toml,$(FOLDERS) $(TESTED))
EDITABLE := $(addprefix -e ./,$(FOLDERS))
# The renderer for GPUs brings torch and its kin, 2 GB: it is installed where it is tested.
GPU      := -e './plugins/a1sdk-dit[lora,network,quantize]'
# insightface asks for another OpenCV, which would lie over ours: it is installed by itself.
IDENTITY := -e ./plugins/a1sdk-insightface
ALONE    := insightface
INSTALL  := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check \
            -c constraints-dev.txt

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo demo-timeline test check bench schemas clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.runtime ## Animate the example portrait (sets itself up first)
	@$(BIN)/a1 assets pull facemesh
	@mkdir -p $(dir $(DEMO)) $(dir $(SHEET))
	$(BIN)/a1 animate $(PORTRAIT) $(DRIVER) -o $(DEMO) --sheet $(SHEET)$(if $(ARGS), $(ARGS))

demo-timeline: $(VENV)/.runtime ## Render the shots of the example cut and hand it back
	@$(BIN)/a1 assets pull facemesh
	$(BIN)/a1 timeline inspect $(CUT)
	$(BIN)/a1 timeline render $(CUT) -o out/cut --codec h264 --sheet out/cut/sheet.png$(if $(ARGS), $(ARGS))

# A process for each core, up to four, for each may take over a GB.
test: $(VENV)/.dev ## Run every test; ARGS="-k warp -x" goes to pytest
	@$(BIN)/a1 assets pull facemesh || echo "Tests that need face models will be skipped." >&2
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.dev ## Format, lint, types and who may import whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## Measure speed against the floor; ARGS go to benchmarks/end_to_end.py
	@$(BIN)/a1 assets pull facemesh
	$(BIN)/python benchmarks/end_to_end.py $(PORTRAIT) $(DRIVER) $(ARGS)

schemas: $(VENV)/.dev ## Write the JSON Schemas anew
	$(BIN)/a1 schema --write schemas

clean: ## Remove the environment, caches and what the demo made
	rm -rf $(VENV) .bootstrap out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.runtime: $(PROJECTS) constraints-dev.txt | $(BIN)/pip
	@echo "Installing a1sdk and its plugins ($(PLUGINS)) into $(VENV) ..."
	@$(INSTALL) -e . $(EDITABLE)
	@touch $@

$(VENV)/.dev: $(PROJECTS) constraints-dev.txt | $(BIN)/pip
	@echo "Installing a1sdk, its plugins ($(PLUGINS) dit insightface) and the development tools" \
	  "into $(VENV) ..."
	@$(INSTALL) -e '.[dev]' $(EDITABLE) $(GPU) $(IDENTITY)
	@$(INSTALL) --no-deps $(ALONE)
	@touch $(VENV)/.runtime $@

# Some distributions ship a venv module that cannot install pip; virtualenv brings its own.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo "a1sdk needs Python 3.11, 3.12 or 3.13, and '$(PYTHON)' is not one of them:" \
	    "run make PYTHON=python3.12, or the path of another." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
	  $(PYTHON) -m pip install --quiet --no-input --root-user-action=ignore \
	    --upgrade --target .bootstrap virtualenv && \
	  PYTHONPATH=.bootstrap $(PYTHON) -m virtualenv --quiet $(VENV); }
