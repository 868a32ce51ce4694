"""Holds schemas/wire/rule.v1.json against the rules that the compiler takes and refuses, and
against those of the whole language that the reference evaluator knows.

A line of bad_rules.tsv says who refuses it: "schema" (both do) or "compiler" (the schema cannot say
it). The compiler's side is tests/state/rules/compile_rule_test.cpp. The schema knows the whole
language, so lines about what is not available yet are none of its business."""

import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(0)

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parents[2] / "schemas" / "wire" / "rule.v1.json"
REFERENCE = HERE.parents[1] / "reference"
MANUAL = HERE.parents[2] / "state" / "rules" / "README.md"
sys.path.insert(0, str(REFERENCE))

import features  # noqa: E402

GOOD_RULE = features.rule()

# Changes that make a good rule a bad one, in constructs that the compiler may not know yet.
BAD_MEMBERS = [
    {"emit": {"type": "x"}},
    {"badge": None, "emit": {"type": "profile"}},
    {"badge": None, "emit": {"type": "x"}, "notify": {}},
    {"badge": None, "emit": {"type": "x"}, "valid": {"expires": {"after": "P1D"}}},
    {"to": "event.owner"},
    {"valid": {}},
    {"valid": {"from": "2026-01-05"}},
    {"valid": {"expires": {"after": "P1D", "at": "2026-01-05T00:00:00Z"}}},
    {"valid": {"expires": {"after": "P1D", "plus": "P1D"}}},
    {"policy": {"grace": "P1D"}},
    {"policy": {"revoke": "maintained", "grace": "P1M"}},
    {"policy": {"every": 0}},
    {"policy": {"refund": "partly"}},
    {"policy": {"stock": 10}},
    {"policy": {"group": {"rank": 1}}},
    {"policy": {"group": {"name": "g", "rank": 1}, "every": 2}},
    {"award": {"a": [1]}},
    {"progress": "secret"},
]
BAD_CONDITIONS = [
    {"has": {}},
    {"has": {"badge": "a", "group": "g"}},
    {"has": {"badge": "a", "state": "ever", "for": "P1D"}},
    {"seq": {"steps": [{"on": "checkin"}], "within": "P1D"}},
    {"seq": {"steps": [{"on": "checkin"}, {"on": "checkin"}]}},
    {"ge": [{"attr": "goal"}, 1]},
    {"ge": [{"rank": {}}, 1]},
    {"ge": [{"agg": {"f": "max"}}, 1]},
    {"ge": [{"agg": {"f": "count", "win": {"last": "P1D", "cal": "day"}}}, 1]},
    {"ge": [{"agg": {"f": "count", "win": {"from": "2026-01-05T00:00:00Z", "cal": "day"}}}, 1]},
    {"ge": [{"agg": {"f": "count", "win": {"since": {"event": "checkin", "badge": "a"}}}}, 1]},
    {"ge": [{"agg": {"f": "count", "win": {"since": {"for": "P1D"}}}}, 1]},
    {"ge": [{"streak": {"unit": "quarter"}}, 1]},
    {"ge": [{"streak": {"unit": "day", "freezes": {"max": 0, "event": "freeze"}}}, 1]},
    {"ge": [{"streak": {"unit": "day", "min": {"agg": {"f": "avg", "of": 1}, "ge": 1}}}, 1]},
]


def rules_of_the_manual():
    """The rules in the blocks of code of the documentation page."""
    for block in MANUAL.read_text(encoding="utf-8").split("\n\n"):
        text = block.strip()
        while text.startswith('{"id"'):
            document, end = json.JSONDecoder().raw_decode(text)
            yield document
            text = text[end:].strip()


def good_rules():
    yield from rules_of_the_manual()
    for line in (HERE / "good_rules.ndjson").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
    for rules in features.PROBES.values():
        yield from rules
    for path in sorted((REFERENCE / "examples").glob("*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))["rules"]


def bad_rules():
    for members in BAD_MEMBERS:
        changed = {**GOOD_RULE, **members}
        yield {name: value for name, value in changed.items() if value is not None}
    for condition in BAD_CONDITIONS:
        yield {**GOOD_RULE, "when": condition}


def main():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    kind = getattr(jsonschema, "Draft202012Validator", jsonschema.Draft7Validator)
    kind.check_schema(schema)
    validator = kind(schema)
    faults = []
    good, bad = list(good_rules()), list(bad_rules())
    for document in good:
        for error in validator.iter_errors(document):
            faults.append(f"refused, but good: {json.dumps(document)}: {error.message}")
    for document in bad:
        if validator.is_valid(document):
            faults.append(f"taken, but bad: {json.dumps(document)}")
    lines = (HERE / "bad_rules.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines:
        pointer, message, who, document = line.split("\t")
        is_later = "available yet" in message or "user attributes" in message
        if not is_later and validator.is_valid(json.loads(document)) != (who == "compiler"):
            faults.append(f"who refuses {pointer or '/'} is not {who}: {document}")
    print("\n".join(faults) or f"{len(good)} good and {len(bad) + len(lines)} bad rules agree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
