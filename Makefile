# make run    start the app on http://127.0.0.1:8501      make test   run every test
# make setup  only create or refresh the environment       make check  ruff, mypy, vulture, import-linter
# make extras add networks that enlarge faces (docs/super-resolution.md)
# make lock   write constraints.txt anew: the versions that are installed now
#
# Every target can be repeated: the environment is only touched when a requirements file has changed.
# Without an NVIDIA card, a smaller download:  make setup TORCH_INDEX=https://download.pytorch.org/whl/cpu
# The very versions that were tested:          make setup CONSTRAINTS=constraints.txt

PYTHON ?= python3
PORT ?= 8501
TORCH_INDEX ?=
CONSTRAINTS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

HELD := $(if $(CONSTRAINTS),-c $(CONSTRAINTS))

.PHONY: run setup extras test check lock

run: $(VENV)/.ready-to-run
	$(BIN)/python -m streamlit run streamlit_app.py --server.port $(PORT)

setup: $(VENV)/.ready-to-run

extras: $(VENV)/.ready-to-enlarge

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

# The order-only dependency: a newer interpreter is no reason to install again, a missing one is.
$(VENV)/.ready-to-run: requirements.txt | $(BIN)/python
	$(if $(TORCH_INDEX),$(PIP) install --index-url $(TORCH_INDEX) "$$(grep -o '^torch==[^ ]*' requirements.txt)")
	$(PIP) install -r requirements.txt $(HELD)
	@touch $@

# torchvision must be of torch's own build: with TORCH_INDEX one from another index is replaced.
INSTALL_TORCHVISION = $(if $(TORCH_INDEX),$(PIP) install --force-reinstall --no-deps --index-url $(TORCH_INDEX) \
	"$$(grep -o '^torchvision==[^ ]*' requirements-sr.txt)")

$(VENV)/.ready-to-enlarge: requirements-sr.txt $(VENV)/.ready-to-run
	$(INSTALL_TORCHVISION)
	$(PIP) install -r requirements-sr.txt $(HELD)
	@touch $@

$(VENV)/.ready-to-test: requirements-dev.txt requirements-sr.txt $(VENV)/.ready-to-run
	$(INSTALL_TORCHVISION)
	$(PIP) install -r requirements-dev.txt $(HELD)
	@touch $@
