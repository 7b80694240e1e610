# Tasks of paramnet. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup bridge host demo test test-fast test-long test-nightly test-sanitizers test-system test-memory test-mutations fuzz test-compilers install-bridge bench docs lint format clean

# Uses the active virtual environment; without one, creates .venv here.
VENV := $(or $(VIRTUAL_ENV),$(CURDIR)/.venv)
PYTHON := $(VENV)/bin/python
PARAMNET := $(VENV)/bin/paramnet
STAMP := $(VENV)/.paramnet-setup
export PARAMNET_RUNS ?= runs
# One job per core, fewer if memory is short: compiling a file that includes libtorch takes over 1 GB.
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell sh fortran_bridge/cmake/jobs.sh)
BENCHMARKS := $(patsubst benchmarks/bench_%.py,%,$(wildcard benchmarks/bench_*.py))

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '  make %-14s %s\n' $(foreach b,$(BENCHMARKS),bench-$(b) "only this benchmark: runs/bench/$(b).json")

$(VENV)/bin/python:
	python3 -m venv $(VENV)

# Install torch first: as a plain dependency it would resolve to the CUDA build on some indexes.
$(STAMP): pyproject.toml .ci/constraints.txt .ci/system-packages | $(VENV)/bin/python
	@bash .ci/system-packages
	@echo "setup: Python packages into $(VENV) (pinned in .ci/constraints.txt)"
	@$(PYTHON) -m pip install -q --disable-pip-version-check "$$(grep -m1 '^torch==' .ci/constraints.txt)"
	@$(PYTHON) -m pip install -q --disable-pip-version-check -c .ci/constraints.txt -e '.[dev]'
	@touch $@

setup: $(STAMP)  ## virtual environment, Python and Debian packages

bridge: setup  ## build libparamnet, the Fortran module and the Python interface into build/bridge
	@$(PYTHON) -m paramnet.bridge.build

# Plain CMake: needs neither the virtual environment nor Python packages; the libtorch plug-in is built if torch is found.
# CMake keeps the compilers it found first: if FC, CC or CXX name others, or other versions, the build starts afresh.
install-bridge:  ## only the libraries, for a host model: make install-bridge PREFIX=/opt/paramnet [TORCH=OFF] [FC=ifx]
	@test -n "$(PREFIX)" || { echo "install-bridge: expected where to install, got no PREFIX; make install-bridge PREFIX=/opt/paramnet" >&2; exit 2; }
	@for name in $${FC:-} $${CC:-} $${CXX:-}; do case $$name in -*) continue;; esac; command -v "$$name" >/dev/null \
	  || { echo "install-bridge: expected the compiler $$name on PATH, got none; load its module, or unset FC, CC, CXX" >&2; exit 2; }; done
	@mkdir -p build/install-bridge; compilers=$$(for name in "FC=$${FC:-}" "CC=$${CC:-}" "CXX=$${CXX:-}"; do program=$${name#*=}; \
	  echo "$$name $$(command -v $${program%% *}) $$($${program:-true} --version 2>/dev/null | head -1)"; done); \
	[ ! -f build/install-bridge/CMakeCache.txt ] || [ "$$compilers" = "$$(cat build/install-bridge/compilers 2>/dev/null)" ] || fresh=--fresh; \
	rm -f build/install-bridge/compilers; \
	cmake $${fresh:-} -S fortran_bridge -B build/install-bridge -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$(abspath $(PREFIX))" \
	  -DPARAMNET_BUILD_PYTHON=OFF -DPARAMNET_BUILD_TESTS=OFF -DPARAMNET_BUILD_CRM=OFF -DPARAMNET_WITH_TORCH=$(or $(TORCH),AUTO) \
	  -DCMAKE_PREFIX_PATH="$$($(PYTHON) -c 'import torch; print(torch.utils.cmake_prefix_path)' 2>/dev/null)" \
	  && echo "$$compilers" > build/install-bridge/compilers
	@cmake --build build/install-bridge
	@cmake --install build/install-bridge

host: bridge  ## fetch and build PlaSim with the adapter into build/plasim
	@$(PARAMNET) host

demo: bridge  ## the complete pipeline: record, train, evaluate, export, couple, compare (about half an hour)
	@$(PARAMNET) run pipeline=demo

# Three at a time on two cores, as some tests wait for jobs and signals; each computes with one thread, or they wait for each other.
TEST_PROCESSES ?= 3
test: bridge  ## all tests except the long ones (10 to 20 minutes on two cores)
	@OMP_NUM_THREADS=1 $(PYTHON) -m pytest tests/integration tests/unit -m 'not long' -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

# Tests marked long, the climates of the cloud-resolving model, and random files in full number.
test-long: bridge  ## long tests, and random files in full number (about 40 minutes)
	@$(PYTHON) -m pytest tests/integration tests/unit -m long
	@ctest --test-dir build/bridge-build --output-on-failure -j $(TEST_PROCESSES) -L '^long$$'
	@PARAMNET_MUTATIONS=2000 PARAMNET_TIME_HEADERS=2000 PARAMNET_RANDOM_FILES=2000 PARAMNET_MUTATED_HEADERS=50000 PARAMNET_STORE_MUTATIONS=2000 \
	  $(PYTHON) -m pytest -n $(TEST_PROCESSES) tests/unit/inspection/test_mutated_schemes.py tests/unit/importing/test_keras_file.py \
	  tests/unit/sources/test_times.py tests/unit/sources/test_decoding.py tests/unit/sources/test_broken_headers.py \
	  tests/unit/store/test_store_integrity.py

test-sanitizers: setup  ## the bridge under ASan+UBSan and under TSan (OpenMP too), and the fuzz corpus replayed there
	@bash .ci/system-packages sanitizers
	@for preset in address thread openmp; do (cd fortran_bridge && cmake --preset $$preset >/dev/null && cmake --build --preset $$preset \
	  && ctest --preset $$preset) || exit 1; done

SYSTEM_MOMENTS ?= 4
test-system: bridge  ## commands interrupted at random moments, coupled runs disturbed; results in runs/system/tried.json (30 minutes)
	@PARAMNET_SYSTEM_MOMENTS=$(SYSTEM_MOMENTS) $(PYTHON) -m pytest tests/integration/system -n $(TEST_PROCESSES) --dist worksteal

test-nightly: test-long test-system test-sanitizers fuzz test-memory test-compilers test-mutations  ## everything that `make test` leaves out (hours)

test-memory: bridge  ## calls and loads under valgrind: no leak, no growth (minutes)
	@command -v valgrind >/dev/null || { echo "test-memory: expected valgrind, got none; apt-get install valgrind" >&2; exit 1; }
	@PARAMNET_ISA=avx2 valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=1 \
	  build/bridge-build/library/tests/soak fortran_bridge/library/tests/fuzz/corpus/seed_scheme.pt

test-mutations: setup  ## remove each check of the library in turn: a test must fail (about 20 minutes)
	@$(PYTHON) fortran_bridge/library/tests/mutations/run.py build/mutations

FUZZ_SECONDS ?= 60
fuzz: setup  ## fuzz the readers of classic netCDF headers, artefacts, JSON and programs for FUZZ_SECONDS=60 each (clang); findings in build/fuzz
	@$(PYTHON) tests/fuzz/classic_netcdf.py --seconds $(FUZZ_SECONDS)
	@bash .ci/system-packages sanitizers
	@cd fortran_bridge && cmake --preset fuzz >/dev/null && cmake --build --preset fuzz
	@for target in fuzz_artefact fuzz_json; do mkdir -p build/fuzz/$$target && (cd build/fuzz/$$target && echo "fuzz: $$target" \
	  && ../../proof-fuzz/library/tests/$$target -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=3000 -malloc_limit_mb=1500 -timeout=20 \
	  -max_len=40000 -verbosity=0 -print_final_stats=1 . ../../../fortran_bridge/library/tests/fuzz/corpus) || exit 1; done

test-fast: setup  ## unit tests that need neither the bridge nor the host
	@$(PYTHON) -m pytest tests -m "not host and not slow"

test-compilers: bridge  ## the bridge with every Fortran compiler found (gfortran 11-15, flang, ifx, nvfortran), warnings as errors
	@PYTHON=$(PYTHON) bash fortran_bridge/library/tests/every_compiler.sh build/compilers

bench: $(addprefix bench-,$(BENCHMARKS))  ## every benchmark; each writes runs/bench/<name>.json

bench-%: bridge
	@$(PYTHON) benchmarks/bench_$*.py

DOCS_STAMP := $(VENV)/.paramnet-docs
$(DOCS_STAMP): $(STAMP)
	@$(PYTHON) -m pip install -q --disable-pip-version-check -c .ci/constraints.txt -e '.[docs]'
	@touch $@

docs: $(DOCS_STAMP)  ## the documentation as a site, build/docs/html/index.html; warnings and broken links within it are errors (about a minute)
	@$(PYTHON) -m sphinx -q -W --keep-going -c docs -d build/docs/doctrees -b html . build/docs/html
	@echo "docs: build/docs/html/index.html"

lint: setup  ## ruff, mypy, direction of imports
	@$(VENV)/bin/ruff check src tests benchmarks data docs/_ext docs/conf.py .ci/packaging/release.py
	@$(VENV)/bin/ruff format --check src tests benchmarks data docs/_ext docs/conf.py .ci/packaging/release.py
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

format: setup  ## format the Python code with ruff
	@$(VENV)/bin/ruff format src tests benchmarks data docs/_ext docs/conf.py .ci/packaging/release.py
	@$(VENV)/bin/ruff check --fix src tests benchmarks data docs/_ext docs/conf.py .ci/packaging/release.py

clean:  ## remove build/ and runs/ (the recorded and trained artefacts too)
	rm -rf build runs
