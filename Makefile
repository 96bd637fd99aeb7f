# make run    start the app on http://127.0.0.1:8501      make test   run every test
# make setup  only create or refresh the environment       make check  ruff, mypy, vulture, import-linter
# make extras add networks that enlarge faces (docs/super-resolution.md)
# make marks  add signatures on results (docs/signing.md)
# make refusal  add what checks photos before they are fused, for whoever serves others (docs/server.md)
# make cluster  add Ray, so that other machines compute too (docs/cluster.md)
# make lock   write constraints.txt anew: the versions that are installed now
#
# Every target can be repeated: the environment is only touched when a requirements file has changed. `make setup` also
# looks again which build of PyTorch runs on this machine's cards, and says which it takes (fusion/torch_build).
# Another build, or the package index's:      make setup TORCH_INDEX=https://download.pytorch.org/whl/cpu (or =default)
# The very versions that were tested:          make setup CONSTRAINTS=constraints.txt

PYTHON ?= python3
PORT ?= 8501
TORCH_INDEX ?=
CONSTRAINTS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

HELD := $(if $(CONSTRAINTS),-c $(CONSTRAINTS))

.PHONY: run setup extras marks refusal cluster test check lock look-again

run: $(VENV)/.ready-to-run
	$(BIN)/python -m streamlit run streamlit_app.py --server.port $(PORT)

setup: $(VENV)/.ready-to-run

extras: $(VENV)/.ready-to-enlarge

marks: $(VENV)/.ready-to-mark

refusal: $(VENV)/.ready-to-refuse

cluster: $(VENV)/.ready-to-cluster

# Three processes for two cores, as tests wait for workers, servers and browsers a third of their time; a file to each at
# a time: what a file's tests share is made once. Threads of one that wait shall not spin while the others compute.
test: $(VENV)/.ready-to-test
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.ready-to-test
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/python -m vulture
	$(BIN)/lint-imports --no-cache

lock: $(VENV)/.ready-to-test
	$(BIN)/python .ci/lock.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# The index that torch came from; empty or missing: the package index.
TORCH_FROM := $(VENV)/.torch-index

# The order-only dependency: a newer interpreter is no reason to install again, a missing one is.
$(VENV)/.ready-to-run: requirements.txt $(if $(filter setup,$(MAKECMDGOALS)),look-again) | $(BIN)/python
	@$(BIN)/python -m fusion.torch_build requirements.txt $(TORCH_FROM) $(TORCH_INDEX)
	$(PIP) install -r requirements.txt $(HELD)
	@touch $@

# torchvision must be of torch's own build: one from another index is replaced.
INSTALL_TORCHVISION = from=$$(cat $(TORCH_FROM) 2>/dev/null); test -z "$$from" || \
	$(PIP) install --force-reinstall --no-deps --index-url "$$from" \
	"$$(grep -o '^torchvision==[^ ]*' requirements-sr.txt)"

$(VENV)/.ready-to-enlarge: requirements-sr.txt $(VENV)/.ready-to-run
	$(INSTALL_TORCHVISION)
	$(PIP) install -r requirements-sr.txt $(HELD)
	@touch $@

$(VENV)/.ready-to-mark: requirements-c2pa.txt $(VENV)/.ready-to-run
	$(PIP) install -r requirements-c2pa.txt $(HELD)
	@touch $@

$(VENV)/.ready-to-refuse: requirements-refusal.txt $(VENV)/.ready-to-run
	$(PIP) install -r requirements-refusal.txt $(HELD)
	@touch $@

$(VENV)/.ready-to-cluster: requirements-cluster.txt $(VENV)/.ready-to-run
	$(PIP) install -r requirements-cluster.txt $(HELD)
	@touch $@

EXTRAS := requirements-sr.txt requirements-c2pa.txt requirements-refusal.txt

$(VENV)/.ready-to-test: requirements-dev.txt $(EXTRAS) $(VENV)/.ready-to-run
	$(INSTALL_TORCHVISION)
	$(PIP) install -r requirements-dev.txt $(HELD)
	@touch $@
