"""Holds the JSON Schemas of schemas/wire against the golden examples.

The same examples go through the decoders in wire_examples_test.cpp, so that what is written for
people and what the program does cannot part. Needs Debian's python3-jsonschema; skips itself
(exit code 77) without it.
"""

import json
import pathlib
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("skipped: needs the package python3-jsonschema")
    sys.exit(77)

WIRE = pathlib.Path(__file__).resolve().parents[2] / "schemas" / "wire"
EXAMPLES = WIRE / "examples"


def validator(name):
    schema = json.loads((WIRE / name).read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def no_json(constant):
    raise ValueError(f"{constant} is no JSON")


def refuses(schema, text):
    """Whether the schema refuses; text that is no JSON never gets as far as a schema."""
    try:
        document = json.loads(text, parse_constant=no_json)
    except ValueError:
        return False
    return not schema.is_valid(document)


def faults():
    events = validator("event.v1.json")
    decisions = validator("decision.v1.json")
    commands = validator("command.v1.json")
    for kind, schema in (("events", events), ("decisions", decisions), ("commands", commands)):
        lines = (EXAMPLES / f"{kind}.good.ndjson").read_text().splitlines()
        for number, line in enumerate(lines, 1):
            for error in schema.iter_errors(json.loads(line)):
                yield f"{kind}.good.ndjson:{number}: refused: {error.message}"
        lines = (EXAMPLES / f"{kind}.bad.tsv").read_text().splitlines()
        for number, line in enumerate(lines, 1):
            if line.startswith("#"):
                continue
            _, who, text = line.split("\t", 2)
            if refuses(schema, text) != (who == "schema"):
                yield f"{kind}.bad.tsv:{number}: the schema is not as the table says: {text}"


if __name__ == "__main__":
    found = list(faults())
    print("\n".join(found) or "the schemas agree with the examples")
    sys.exit(1 if found else 0)
