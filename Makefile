# Everything sets itself up from a bare clone: python3 (3.11+) and make are all that is assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 9000
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo run test check format bench pictures up down migrate lock clean

help:                       ## what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Installed from hash-pinned locks; the stamp is newer than the lock it was made from.
$(VENV)/.runtime: requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.tests: $(VENV)/.runtime tests/requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.lock
	@touch $@

demo: $(VENV)/.runtime      ## the whole product on this machine, no token, no network
	@$(BIN)/python -m bot demo --port $(PORT)

run: $(VENV)/.runtime       ## the real thing, settings from the environment and .env
	@$(BIN)/python -m bot run

migrate: $(VENV)/.runtime   ## bring the database to the newest schema
	@$(BIN)/python -m bot migrate

test: $(VENV)/.tests        ## every test, in parallel
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: $(VENV)/.tests       ## style, types, walls between packages, schema drift
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m bot migrate --check

format: $(VENV)/.tests      ## put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.tests       ## ratios against baselines measured in the same run
	$(BIN)/python -m tests.bench $(ARGS)

pictures: $(VENV)/.tests    ## take the READMEs' pictures again, in Chromium
	$(BIN)/python -m tests.pictures

up:                         ## production: docker compose with PostgreSQL and Redis
	docker compose up --build --detach --wait

down:                       ## stop what `make up` started, keep its data
	docker compose down

lock: $(VENV)/.tests        ## pin the newest allowed versions again
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --upgrade --python-version 3.11 pyproject.toml -o requirements.lock --quiet
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --extra dev --constraint requirements.lock pyproject.toml -o tests/requirements.lock --quiet

clean:                      ## remove what was installed and cached
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
