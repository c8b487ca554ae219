#!/usr/bin/env python3
"""Adds up the test logs: how many passed, failed, did not run and why. usage: summary.py LOG..."""
import re
import sys

passed = failed = 0
not_run = []
for name in sys.argv[1:]:
    text = open(name, errors="replace").read()
    for line in text.splitlines():
        ctest = re.match(r"\s*\d+/\d+ Test\s+#\d+: (.*?) \.*\s*(Passed|\*\*\*[A-Za-z ()]+?)\s+[\d.]+ sec", line)
        if ctest:
            test, word = ctest.groups()
            if word == "Passed":
                passed += 1
            elif word in ("***Skipped", "***Not Run (Disabled)"):
                not_run.append(f"{test}: skipped by the test")
            else:
                failed += 1
        browser = re.match(r"(ok|FAIL|not run) (.*)", line)
        if browser:
            word, rest = browser.groups()
            passed += word == "ok"
            failed += word == "FAIL"
            if word == "not run":
                not_run.append(rest)
        unit = re.search(r"^(test_\w+) \((.*?)\).*\.\.\. skipped '(.*)'$", line)
        if unit:
            not_run.append(f"{unit.group(2)}: {unit.group(3)}")
print(f"\nNot run: {len(not_run)}")
for line in not_run:
    print(f"  {line}")
print(f"{passed} passed, {failed} failed, {len(not_run)} skipped")
sys.exit(1 if failed or not passed else 0)
