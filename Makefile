# make run    set up and solve the CS-3 case
# make test   set up and run the tests
# make check  lint, formatting, types, direction of imports
# make slow   the tests that take longer
# make pandapipes  the flow network against an independent solver, in an environment of its own
# make docs   the pages as a site in out/docs, the tutorial run, every link in it checked
# make linkcheck  the links of the pages to elsewhere, fetched
# make bench  time and memory against the number of unknowns
# make side-by-side  the same problem by other programs, half an hour
# make lock   renew the locked versions (needs uv)

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check slow docs linkcheck pandapipes bench side-by-side lock clean

run: .venv/run.stamp
	$(BIN)/waferflux solve cs3 --out out/cs3

test: .venv/test.stamp
	$(BIN)/python -m pytest -n 2 --dist loadscope -m "not slow"

slow: .venv/test.stamp
	@# pytest says 5 when no test is marked so
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations 12 -m slow || [ $$? -eq 5 ]

docs: .venv/test.stamp
	$(BIN)/python docs/case_tables.py
	$(BIN)/python -m sphinx -q -E -W --keep-going -n -d out/doctrees -b html docs out/docs
	@echo "Links to elsewhere, not fetched:"
	@grep -ohE 'https?://[^ )>"]+' docs/*.md README.md CHANGELOG.md | sort -u
	@echo "The pages are in out/docs/index.html"

linkcheck: .venv/test.stamp
	$(BIN)/python -m sphinx -q -E -D nb_execution_mode=off -d out/doctrees -b linkcheck docs out/linkcheck

pandapipes: .venv-pandapipes/stamp
	.venv-pandapipes/bin/python -m pytest -p no:cacheprovider tests/test_flow_against_pandapipes.py

check: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/run.stamp
	$(BIN)/python benchmarks/scaling.py
	$(BIN)/python benchmarks/wafer_grid.py 1 10
	$(BIN)/python benchmarks/sweep.py

side-by-side: .venv/test.stamp
	$(BIN)/python benchmarks/side_by_side.py

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("waferflux needs Python 3.11 or newer; $(PYTHON) is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test.stamp: requirements-test.lock .venv/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

.venv-pandapipes/stamp: requirements-pandapipes.lock
	$(PYTHON) -m venv .venv-pandapipes
	.venv-pandapipes/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-pandapipes.lock
	@touch $@

lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --extra build --no-header --no-emit-index-url --no-emit-find-links --generate-hashes --output-file requirements.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --no-header --no-emit-index-url --no-emit-find-links --generate-hashes --constraint requirements.lock --output-file requirements-test.lock
	uv pip compile pyproject.toml --group pandapipes --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links --generate-hashes --output-file requirements-pandapipes.lock

clean:
	rm -rf .venv .venv-pandapipes out
