#!/usr/bin/env python3
"""Writes the table of scenarios into tests/README.md, from the verdicts of runs.

    table.py [--check]      reads verdicts.ndjson beside it; --check only tells whether it is current

A row is the newest verdict of its scenario. What was never run has no verdict, and is listed with the
reason in `unmade`.
"""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "..", "..", "README.md")
VERDICTS = os.path.join(HERE, "verdicts.ndjson")
BEGIN, END = "<!-- scenarios: begin -->", "<!-- scenarios: end -->"

UNMADE = {
    "F17": "no failpoint stalls the poll loop; F14 covers a whole engine that stalls",
    "F32": "rules have no step budget yet",
    "F34": "oversized inputs are in every run; oversized outputs are not made yet",
    "F35": "needs a broker with authorisation",
    "F36": "needs a clock that can be set",
    "F37": "unit tests only",
    "F38": "needs a memory cgroup",
    "F46": "not made yet",
}


def newest():
    found = {}
    if os.path.exists(VERDICTS):
        with open(VERDICTS, encoding="utf-8") as file:
            for line in file:
                verdict = json.loads(line)
                found[verdict["scenario"]] = verdict
    return found


def details(verdict):
    known = {"scenario", "what", "verdict", "seed", "records", "seconds", "laurel", "kafka", "date",
             "faults", "why"}
    told = [f"{name} {show(value)}" for name, value in verdict.items() if name not in known]
    return ", ".join([f"{verdict['records']:,} records"] * bool(verdict["records"]) + told)


def show(value):
    if isinstance(value, dict):
        return " ".join(f"{name}x{count}" for name, count in value.items())
    return str(value)


def table():
    lines = ["| # | what is done | verdict | seed | seconds | Kafka | date | |",
             "|---|---|---|---|---|---|---|---|"]
    for name, verdict in sorted(newest().items()):
        lines.append(f"| {name} | {verdict['what']} | {verdict['verdict']} | {verdict['seed']} | "
                     f"{verdict['seconds']} | {verdict['kafka']} | {verdict['date']} | "
                     f"{details(verdict)} |")
    lines += ["", "Not made, and why:", ""]
    lines += [f"* {name}: {why}." for name, why in sorted(UNMADE.items()) if name not in newest()]
    return "\n".join(lines)


def main():
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    before, rest = page.split(BEGIN)
    fresh = before + BEGIN + "\n" + table() + "\n" + END + rest.split(END)[1]
    if "--check" in sys.argv[1:]:
        if fresh != page:
            print("tests/README.md is not what table.py writes; run it", file=sys.stderr)
        return int(fresh != page)
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
