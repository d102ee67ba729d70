# The two commands of the README are `make run` and `make test`; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
# The stamp is newer than the lock once the environment holds what the lock says.
ENVIRONMENT := .venv/.installed

# JupyterLab refuses to run as root, as in a container, unless --allow-root is given.
AS_ROOT = $$([ "$$(id -u)" != 0 ] || echo --allow-root)

# A module stays with one worker, and the modules begin in the order of tests/conftest.py. There is a worker more
# than processors, because tests wait for browsers, kernels and servers.
WORKERS = -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run app doctor test test-fast coverage mutation check audit hooks format lab refresh screenshots lock upgrade \
    browser

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

run: $(ENVIRONMENT)  ## all five ISOs on the demo market, from source to report; ARGS="--iso PJM ..." for run_all.py
	$(BIN)/python run_all.py $(ARGS)

app: $(ENVIRONMENT)  ## the scaling tool as a page on this machine, with the database up; ARGS="--port 8900"
	@$(BIN)/python -m lib.pipeline.runner.ensure_demo $(ARGS)
	$(BIN)/python -m lib.store -- $(BIN)/python -m lib.tool.serve $(ARGS)

doctor: $(ENVIRONMENT)  ## whether settings, database, services and machine are fit for a run; ARGS="--source enverus"
	$(BIN)/python run_all.py --doctor $(ARGS)

test: $(ENVIRONMENT) browser  ## the whole suite, notebooks included
	$(BIN)/python -m pytest $(WORKERS) $(ARGS)

test-fast: $(ENVIRONMENT)  ## what needs no browser, no server, no whole run and no kernel, with fewer examples
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" --hypothesis-profile=fast $(ARGS)

coverage: $(ENVIRONMENT) browser  ## which lines and branches of lib the tests run, also in htmlcov/
	$(BIN)/python -m pytest $(WORKERS) --cov --cov-report=term --cov-report=html $(ARGS)

# Hours of one core for all of it; what a former call has found is kept in mutants/.
mutation: $(ENVIRONMENT)  ## which changes to lib/calc and lib/hours.py no test notices; ARGS="'lib.hours.*'"
	$(BIN)/mutmut run --max-children 1 $(ARGS)
	$(BIN)/mutmut results
	$(BIN)/mutmut export-cicd-stats && cat mutants/mutmut-cicd-stats.json

check: $(ENVIRONMENT)  ## what the hooks check, over all files: lint, format, types, notebooks, confidential data
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.edit_notebooks check
	$(BIN)/python -m tools.check_confidential

audit: $(ENVIRONMENT)  ## known vulnerabilities of the locked packages
	$(BIN)/python -m tools.audit

hooks: $(ENVIRONMENT)  ## let git run these checks on what is committed, before each commit
	$(BIN)/pre-commit install

format: $(ENVIRONMENT)  ## put the code into the one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lab: $(ENVIRONMENT)  ## JupyterLab, with the database up, open for reading; it opens notebooks/start_here.ipynb
	@$(BIN)/python -m lib.pipeline.runner.ensure_demo $(ARGS)
	$(BIN)/python -m lib.store --reader -- $(BIN)/jupyter lab $(AS_ROOT) --notebook-dir=. \
	    --LabApp.default_url=/lab/tree/notebooks/start_here.ipynb $(ARGS)

refresh: $(ENVIRONMENT)  ## compute the outputs that are stored in the notebooks anew
	$(BIN)/python -m tools.edit_notebooks refresh

screenshots: $(ENVIRONMENT) browser  ## take the pictures of docs/ anew, of the demo market's newest run and of the tool
	@$(BIN)/python -m lib.pipeline.runner.ensure_demo --source demo
	$(BIN)/python -m lib.store -- $(BIN)/python -m tools.screenshots

COMPILE := $(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
    --generate-hashes --no-header --output-file requirements.txt

lock: $(ENVIRONMENT)  ## pin what pyproject.toml adds in requirements.txt, with hashes; other versions stay
	$(COMPILE)

upgrade: $(ENVIRONMENT)  ## pin the newest versions that pyproject.toml allows
	$(COMPILE) --upgrade

# The reports are tested in the system's Chromium; where it is missing and cannot be installed, those tests skip.
browser:
	@command -v chromium >/dev/null || \
	    { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -yqq chromium; } || \
	    echo "no Chromium here, and not the rights to install it: the browser tests will skip"

# A lock of 170 packages: uv installs it in seconds where pip takes a minute. Both check every hash.
# The project itself follows, as a link to this folder, built by what the lock has: no index is asked.
$(ENVIRONMENT): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/^    # via/p' requirements.txt > .venv/uv.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.txt
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
