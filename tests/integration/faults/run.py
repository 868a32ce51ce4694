#!/usr/bin/env python3
"""Faults done to real engines on a real broker, one scenario or all of them.

    run.py list                      what there is
    run.py F01                       one scenario
    run.py F01 --points k6 --repeat 50
    run.py all                       all of them, one after another
    run.py F01 F14 --record FILE     appends each verdict to FILE, for table.py

Each prints its seed, versions, faults and verdict (one JSON line), and holds the outcome against
the reference and Kafka's own Java consumer, as tests/integration/exactly_once does. Exit 0: all
passed; 1: some failed, their directories are kept; 69: not able to run.
"""

import argparse
import copy
import json
import os
import sys

import cluster
import kills
import network
import outages
import stops
import storage
import world

SCENARIOS = {kind.name: kind for module in (kills, outages, network, cluster, storage, stops) for kind in module.ALL}


def options_of():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="+", help="names, 'all' or 'list'")
    parser.add_argument("--laurel", default=os.path.join(world.SOURCE, "build", "release", "laurel"))
    parser.add_argument("--seed", type=int)
    parser.add_argument("--repeat", type=int, default=1, help="deaths at each point, or kills")
    parser.add_argument("--points", nargs="+", choices=kills.POINTS, help="F01: these alone")
    parser.add_argument("--record", metavar="FILE", help="append the verdicts to FILE")
    parser.add_argument("--keep", action="store_true", help="keep the directories in any case")
    return parser.parse_args()


def main():
    options = options_of()
    if options.scenario == ["list"]:
        for kind in SCENARIOS.values():
            print(f"{kind.name}  {kind.what}")
        return 0
    names = list(SCENARIOS) if options.scenario == ["all"] else options.scenario
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        print(f"run.py: no scenario {unknown[0]}; `run.py list` tells what there is",
              file=sys.stderr)
        return 64
    verdicts = []
    for name in names:
        one = copy.copy(options)
        one.seed = options.seed if options.seed is not None else world.new_seed()
        verdict = world.carry_out(SCENARIOS[name], one)
        verdicts.append(verdict["verdict"])
        if options.record:
            with open(options.record, "a", encoding="utf-8") as file:
                file.write(json.dumps(verdict) + "\n")
    return 1 if "failed" in verdicts else 69 if "not able to run" in verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
