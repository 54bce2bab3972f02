# Two commands are enough: `make run` and `make test`.  Both install what they need.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help run dashboard schedule test test-slow fuzz wheel docs bench gpu gpu-wheels check lock sbom audit clean

help:            ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "rankcheck needs Python 3.11 or newer; say which with: make PYTHON=/path/to/python3 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml requirements.lock | $(VENV)/bin/pip
	@echo "Installing into $(VENV): a minute or two, mostly torch ..."
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[demo,lake]'
	@touch $@

$(VENV)/.dev: pyproject.toml requirements.lock | $(VENV)/bin/pip
	@echo "Installing into $(VENV): a minute or two, mostly torch ..."
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[demo,lake,dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.bench: pyproject.toml requirements.lock | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[demo,lake,bench]'
	@touch $@

$(VENV)/.docs: pyproject.toml requirements.lock | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[docs]'
	@touch $@

run: $(VENV)/.run          ## Evaluate a real checkpoint and print what was found
	$(BIN)/rankcheck run quickstart

dashboard: $(VENV)/.run    ## Browse the store on 127.0.0.1
	$(BIN)/rankcheck dashboard

check: $(VENV)/.dev        ## Lint, types and folder rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.dev check   ## Everything that must hold
	$(BIN)/python -m pytest -n auto --dist worksteal

test-slow: $(VENV)/.dev    ## Proofs that take minutes or a GPU
	$(BIN)/python -m pytest -m 'slow or gpu'
	HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest -n auto $$(grep -rl hypothesis tests --include='test_*.py')

TARGET  ?= plan
SECONDS ?= 60
fuzz: $(VENV)/.dev         ## Look for bytes that are not answered: TARGET=csv SECONDS=600
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[fuzz]'
	$(BIN)/python -m tests.fuzz $(TARGET) $(SECONDS)

wheel:                     ## Build the wheel into dist/, try it in an empty environment
	bash tests/installed.sh $(PYTHON)

docs: $(VENV)/.docs        ## Write the reference from the code, build the manual into site/
	$(BIN)/python docs/generate.py
	$(BIN)/zensical build --clean --strict

schedule: $(VENV)/.run     ## Run the nightly flow on schedule, on this machine
	$(BIN)/python -m flows.schedule

bench: $(VENV)/.bench      ## Speed beside named peers, as ratios
	$(BIN)/python -m benchmarks

DEVICE ?= cuda
SIZE   ?= full
gpu: $(if $(wildcard wheels),build/gpu-site/.installed,$(VENV)/.dev)  ## Tests and speed on a GPU; try it with DEVICE=cpu SIZE=toy
	$(if $(wildcard wheels),PYTHONPATH=build/gpu-site $(PYTHON),$(BIN)/python) -m benchmarks.on_gpu --device $(DEVICE) --size $(SIZE)

build/gpu-site/.installed: $(wildcard wheels/*.whl)
	$(PYTHON) -m pip install --quiet --no-index --no-deps --no-compile --upgrade --target build/gpu-site wheels/*.whl
	@touch $@

GPU_PYTHON ?= 3.12
GPU_THERE  ?=
gpu-wheels: $(VENV)/.dev   ## Collect wheels/ for a GPU machine without a package index that has PyTorch
	$(BIN)/python -m benchmarks.on_gpu.wheels --to wheels --python $(GPU_PYTHON) --there $(GPU_THERE)

lock:                      ## Resolve the newest allowed versions into requirements.lock
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 -e '.[demo,lake,dev,bench,docs]'
	{ echo '# Exact versions of everything; regenerate with `make lock`.'; \
	  .venv-lock/bin/pip freeze --exclude-editable --exclude rankcheck | sed 's/+cpu$$//'; } > requirements.lock
	rm -rf .venv-lock

$(VENV)-supply/bin/pip-audit:
	$(PYTHON) -m venv $(VENV)-supply
	$(VENV)-supply/bin/pip install --quiet --disable-pip-version-check pip-audit==2.10.1 cyclonedx-bom==7.5.0

sbom: $(VENV)-supply/bin/pip-audit   ## Write dist/rankcheck.cdx.json, the bill of materials
	@mkdir -p dist
	$(VENV)-supply/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
	  --of JSON -o dist/rankcheck.cdx.json requirements.lock

audit: $(VENV)-supply/bin/pip-audit  ## Ask PyPI for known vulnerabilities; needs the network
	$(VENV)-supply/bin/pip-audit -r requirements.lock --no-deps --disable-pip --strict

clean:                     ## Remove what was installed, never what was measured
	rm -rf $(VENV) .venv-* *.egg-info build dist site .cache
