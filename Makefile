# make demo | test | check | wheel-test | bench        EXTRAS=all installs and tests every extra
PYTHON ?= python3.11
VENV := .venv
PY := $(VENV)/bin/python
EXTRAS ?= light
ifeq ($(EXTRAS),all)
  INSTALL := .[test,dev,export,compare,plots,web,spacy,transformers,ocr,ray]
else ifeq ($(EXTRAS),light)
  INSTALL := .[test,dev,export,compare,plots,web]
else
  INSTALL := .[$(EXTRAS)]
endif
# one more than cores, four at most: some tests wait for a browser or a cluster
WORKERS ?= $(shell n=$$(($$(getconf _NPROCESSORS_ONLN) + 1)); echo $$((n < 4 ? n : 4)))
STAMP := $(VENV)/.installed-$(EXTRAS)

.PHONY: attack kill-test mutants demo test check samples wheel-test bench train engines evaluate rule-audit clean formats fuzz

$(STAMP): pyproject.toml constraints.txt
	@echo "installing gongkai and its extras into $(VENV): a few minutes, once"
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -e '$(INSTALL)'
	touch $@

demo: $(STAMP)
	rm -rf demo
	$(PY) -m training.samples demo/samples --layouts tab-rows
	$(PY) -m gongkai tag demo/samples/tab-rows --out demo/results --html
	@echo
	@echo "gongkai is $(VENV)/bin/gongkai; after  . $(VENV)/bin/activate  it is  gongkai:"
	@echo "    $(VENV)/bin/gongkai show demo/results tax-county-2022.txt"
	@echo "make test runs all tests that need no heavy extra: about 12 minutes on two cores"

test: $(STAMP) check
	PYTHONWARNDEFAULTENCODING=1 $(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

samples: $(STAMP)
	$(PY) -m training.samples demo/samples

train: $(STAMP)
	$(PY) -m training.shipped.build

# needs EXTRAS=transformers or EXTRAS=all
engines: $(STAMP)
	$(PY) -m training.shipped.engines --out trained

evaluate: $(STAMP)
	$(PY) -m training.shipped.report_accuracy $(foreach e,hybrid transformer cascade,$(if $(wildcard trained/$(e)/model.json),--model $(e)=trained/$(e)))

wheel-test: $(STAMP)
	$(PY) -m tests.wheel_test

rule-audit: $(STAMP)
	$(PY) -m tests.rule_audit

mutants: $(STAMP)
	$(VENV)/bin/mutmut run
	$(PY) -m tests.mutation_score

formats: $(STAMP)
	$(PY) -m tests.format_matrix --out docs/formats.md

fuzz: $(STAMP)
	$(PY) -m tests.fuzz --out docs/robustness.md

bench: $(STAMP)
	$(PY) -m benchmarks.run

kill-test: $(STAMP)
	$(PY) -m tests.kill_test

attack: $(STAMP)
	$(PY) -m tests.attack --out docs/robustness.md

clean:
	rm -rf $(VENV) demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
