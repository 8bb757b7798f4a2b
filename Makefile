# make run starts CareSlot; make test installs what the tests need and runs them; make check looks at everything else;
# make soak looks for hours at what two-way calendars may meet.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN = .venv/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
RUN_READY = .venv/.run-ready
TEST_READY = .venv/.test-ready

.PHONY: run test soak check system-packages messages clean

$(RUN_READY): requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) --requirement requirements.txt
	touch $@

$(TEST_READY): requirements.txt requirements-dev.txt $(RUN_READY)
	$(PIP) --requirement requirements-dev.txt
	touch $@

# The database is brought up to date first, so that what keeps CareSlot from starting is told in a sentence.
run: $(RUN_READY)
	@$(BIN)/python -m core migrate
	@exec $(BIN)/streamlit run Home.py

# What the tests need beside Python; without root, tests that lack their program are named and skipped.
system-packages:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  missing=""; \
	  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	  command -v chromium >/dev/null || missing="$$missing chromium"; \
	  test -x /usr/sbin/nginx || missing="$$missing nginx-light"; \
	  if [ -n "$$missing" ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  fi; \
	fi

test: $(TEST_READY) system-packages
	$(BIN)/python -m pytest -n 2 --dist loadgroup -q -rs

# Thousands of random histories of calendars and clinic, with faults and crashes; a failure is told step by step.
soak: $(TEST_READY) system-packages
	$(BIN)/python -m pytest -n 2 -q tests/calendars/test_sync_machine.py --hypothesis-profile=soak

check: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_dependencies.py

# The template from which translations are made; put those into core/ui/locale/<language>/LC_MESSAGES/careslot.po.
messages: $(RUN_READY)
	$(BIN)/python -m babel.messages.frontend extract --mapping-file=core/ui/locale/babel.cfg --keyword=_ --keyword=ngettext:1,2 --keyword=N_ --project=CareSlot --output-file=core/ui/locale/careslot.pot .

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
