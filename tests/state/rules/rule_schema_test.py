"""Holds schemas/wire/rule.v1.json against the rules that the compiler takes and refuses.

A line of bad_rules.tsv says who refuses it: "schema" (both do) or "compiler" (the schema cannot say
it). The compiler's side is tests/state/rules/compile_rule_test.cpp."""

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


def main():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    kind = getattr(jsonschema, "Draft202012Validator", jsonschema.Draft7Validator)
    kind.check_schema(schema)
    validator = kind(schema)
    faults = []
    good = (HERE / "good_rules.ndjson").read_text(encoding="utf-8").splitlines()
    for line in good:
        for error in validator.iter_errors(json.loads(line)):
            faults.append(f"refused, but good: {line}: {error.message}")
    bad = (HERE / "bad_rules.tsv").read_text(encoding="utf-8").splitlines()
    for line in bad:
        pointer, _, who, document = line.split("\t")
        if validator.is_valid(json.loads(document)) != (who == "compiler"):
            faults.append(f"who refuses {pointer or '/'} is not {who}: {document}")
    print("\n".join(faults) or f"{len(good)} good and {len(bad)} bad rules agree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
