# Two commands matter: `make run` starts a node, `make test` says whether a change can be trusted. `make help` lists all.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Where `make run` keeps the node's data, and the port it listens on.
DATA ?= ./data
PORT ?= 9092
# More arguments for the node, such as ARGS="--override log.retention.hours=1".
ARGS ?=

# Without debug information a build takes two thirds of the time; symbols in backtraces stay.
SWIFT_FLAGS ?= -Xswiftc -gnone
APUS := .build/release/apus
VENV := .venv-interop
PYTHON ?= python3

.PHONY: help run build test bench simulate fuzz format lint clean bootstrap interop

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

bootstrap:
	@Tools/bootstrap.sh

run: bootstrap build ## install what is missing, build, and run a node on 127.0.0.1:9092 with its data in ./data (DATA=, PORT=, ARGS=)
	@exec $(APUS) server --data "$(DATA)" --port $(PORT) $(ARGS)

build: ## the release binary, .build/release/apus
	@swift build -c release --product apus --static-swift-stdlib $(SWIFT_FLAGS)

test: ## everything that says whether a change can be trusted: lint, unit tests, simulation, fuzz, real clients
	@SWIFT_FLAGS="$(SWIFT_FLAGS)" Tools/test.sh

interop: build $(VENV)/stamp ## only the tests with real clients (ARGS="-k traps"; APUS_INTEROP_SERVER=apache proves them on Apache Kafka)
	@$(VENV)/bin/python -m pytest Tests/Interop $(ARGS)

bench: build $(VENV)/stamp ## Apus against Apache Kafka in the same run, about eight minutes (ARGS="--quick", "--help" for more)
	@$(VENV)/bin/python Benchmarks/bench.py $(ARGS)

simulate: ## the whole node in simulation: SEEDS=200 from SEED=1 (one failing seed replays with SEED=n SEEDS=1)
	@SWIFT_DETERMINISTIC_HASHING=1 APUS_SEED="$(SEED)" APUS_SEEDS="$(or $(SEEDS),200)" swift test $(SWIFT_FLAGS) --filter 'SimulationTests' $(ARGS)

fuzz: ## every decoder and the connection layer under broken input, each for SECONDS=60 from SEED=1
	@SWIFT_DETERMINISTIC_HASHING=1 APUS_FUZZ_SECONDS="$(or $(SECONDS),60)" APUS_SEED="$(SEED)" swift test $(SWIFT_FLAGS) --filter 'FuzzTests' $(ARGS)

format: ## bring all Swift files into the house format
	@swift format format --in-place --recursive --parallel Sources Tests Package.swift

lint: ## formatting and the house rules that need no build
	@swift format lint --strict --recursive --parallel Sources Tests Package.swift

clean: ## remove what was built (not the data of `make run`)
	@rm -rf .build $(VENV)

# The clients under test, in versions that are pinned.
$(VENV)/stamp: Tests/Interop/requirements.txt
	@Tools/bootstrap.sh --tests
	@echo "making $(VENV) with the Python clients"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement Tests/Interop/requirements.txt
	@touch $@
