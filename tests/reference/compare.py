#!/usr/bin/env python3
"""Random rule books over random histories: does `laurel replay` decide as the reference does?

    compare.py LAUREL_BINARY [--seed N] [--books N] [--users N] [--events N] [--rules N]

Each book of rules meets the histories of many users: with equal times, retractions (in part, before
their original, of nobody), profiles, moves and changes of the clocks. Of three books one has its
events in order, one shuffled within the horizon and with duplicates, one so and on both topics.
Only constructs that Laurel takes are drawn; --only and --without choose among them by name
(features.py). The folds are compared byte for byte; `recorded_at`, which says when something was
noticed, only where events came in order. A difference is shrunk to few rules and events and kept in
a folder. Prints the seed. Exit 0 agreed, 1 differed.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time

import engine
import evaluate
import features
import history
import random_cases
import rules as rule_documents

SHRINK_RUNS_MAX = 400


class Bench:
    """Runs both evaluators over a case that is written to a folder of its own."""

    def __init__(self, laurel, folder):
        self.laurel = engine.Engine(laurel, folder)
        self.until = None if self.laurel.fires_timers() else evaluate.LAST_TOUCH

    def both(self, case):
        """The fold of the reference and of Laurel, as lists of lines."""
        book, arrivals, in_order = case
        try:
            found = self.laurel.replay(book, arrivals)
        except engine.Refused as refused:
            found = [str(refused)]
        rules = rule_documents.read_rules([self.laurel.path("rules.json")])
        events = history.read_events([self.laurel.path("events.ndjson")])
        expected = evaluate.to_text(evaluate.evaluate(rules, events, until=self.until)).splitlines()
        return (engine.without_notice(expected, in_order),
                engine.without_notice(found, in_order))

    def differs(self, case):
        """Whether both decide, and not the same: a rule that is refused decides nothing."""
        expected, found = self.both(case)
        return expected != found and not any(line.startswith("exit ") for line in found)


# -- shrinking ------------------------------------------------------------------------

def shrink(bench, case):
    """Fewer rules, one user, fewer events, shorter rules, for as long as the two differ."""
    budget = [SHRINK_RUNS_MAX]

    def still_differs(book, arrivals):
        budget[0] -= 1
        try:
            return budget[0] >= 0 and bench.differs((book, arrivals, in_order))
        except (KeyError, IndexError, ValueError, TypeError, AttributeError):
            return False  # Too short for a rule that the reference can read.

    book, arrivals, in_order = case
    for user in sorted({event["user_id"] for event in arrivals}):
        own = [event for event in arrivals if event["user_id"] == user]
        if still_differs(book, own):
            arrivals = own
            break
    book = without_pieces(book, lambda fewer: still_differs(fewer, arrivals))
    arrivals = without_pieces(arrivals, lambda fewer: still_differs(book, fewer))
    for place in range(len(book)):
        shorter = simplified(book[place], lambda rule, at=place: still_differs(
            book[:at] + [rule] + book[at + 1:], arrivals))
        book = book[:place] + [shorter] + book[place + 1:]
    return book, arrivals, in_order


def simplified(rule, still_differs):
    """Leaves out members of a rule, and puts a part in the place of a whole, while that may be."""
    again = True
    while again:
        again = False
        for shorter in shorter_by_one(rule):
            if still_differs(shorter):
                rule, again = shorter, True
                break
    return rule


def shorter_by_one(node):
    """All documents that are a little shorter than one."""
    if isinstance(node, dict):
        for name in node:
            yield {other: value for other, value in node.items() if other != name}
        for name, value in node.items():
            parts = value if name in ("and", "or") else value[1] if name == "at_least" else []
            yield from parts
            if name == "not" and isinstance(value, dict):
                yield value
            for shorter in shorter_by_one(value):
                yield {**node, name: shorter}
    elif isinstance(node, list):
        for place, value in enumerate(node):
            for shorter in shorter_by_one(value):
                yield node[:place] + [shorter] + node[place + 1:]
            if len(node) > 1:
                yield node[:place] + node[place + 1:]


def without_pieces(items, still_differs):
    """Leaves out runs of items, long ones first."""
    size = max(1, len(items) // 2)
    while True:
        start = 0
        while start < len(items):
            fewer = items[:start] + items[start + size:]
            if fewer and still_differs(fewer):
                items = fewer
            else:
                start += size
        if size == 1:
            return items
        size //= 2


def report(bench, case, seed, book_number):
    case = shrink(bench, case)
    expected, found = bench.both(case)
    kept = tempfile.mkdtemp(prefix=f"laurel-differs-{seed}-{book_number}-")
    bench.laurel.folder, old = kept, bench.laurel.folder
    bench.both(case)
    bench.laurel.folder = old
    print(f"DIFFERS seed {seed} book {book_number}, kept in {kept}")
    print("rules " + json.dumps(case[0]))
    for event in case[1]:
        print("event " + json.dumps(event))
    for line in expected:
        print(("  both      " if line in found else "  reference ") + line)
    for line in found:
        if line not in expected:
            print("  laurel    " + line)


def kind_of(number, draw, one_topic):
    """Whether a book's events come in order, and of which types they are."""
    # Profiles and freezes come with engagement alone.
    one = draw.choice((random_cases.ENGAGEMENT, random_cases.ENGAGEMENT, random_cases.TRANSACTION))
    kinds = [(True, one), (False, one)]
    if not one_topic:
        kinds.append((False, random_cases.TYPES))
    return kinds[number % len(kinds)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("laurel")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--books", type=int, default=20)
    parser.add_argument("--users", type=int, default=20, help="histories a book")
    parser.add_argument("--events", type=int, default=40, help="of one user at most")
    parser.add_argument("--rules", type=int, default=6, help="of one book")
    parser.add_argument("--differences", type=int, default=1, help="stop after so many")
    parser.add_argument("--one-topic", action="store_true",
                        help="no rule over events of both topics")
    parser.add_argument("--only", nargs="*", metavar="CONSTRUCT", help="draw no other new ones")
    parser.add_argument("--without", nargs="*", default=[], metavar="CONSTRUCT")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**31)
    print(f"seed {seed}: {options.books} books of {options.rules} rules, "
          f"{options.users} histories each", flush=True)
    folder = tempfile.mkdtemp(prefix="laurel-compare-")
    bench, differences, lines, began = Bench(options.laurel, folder), 0, 0, time.monotonic()
    chosen = features.features_of(bench.laurel) - set(options.without)
    if options.only is not None:
        chosen &= set(options.only)
    print("with " + ", ".join(sorted(chosen | ({"timers"} if bench.until is None else set()))),
          flush=True)
    for number in range(options.books):
        draw = random.Random(f"{seed}/{number}")
        in_order, types = kind_of(number, draw, options.one_topic)
        case = (*random_cases.case(draw, options, not in_order, types, chosen), in_order)
        expected, found = bench.both(case)
        lines += len(expected)
        if expected != found:
            differences += 1
            report(bench, case, seed, number)
            if differences >= options.differences:
                break
    shutil.rmtree(folder)
    cases = options.rules * options.users * (number + 1)
    print(f"seed {seed}: {number + 1} books, {cases} cases (a rule over a history), "
          f"{lines} lines, {differences} differ, {time.monotonic() - began:.1f} s")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
