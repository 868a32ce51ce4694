#!/usr/bin/env python3
"""Holds a running server against its own /openapi.json with schemathesis.

    schemathesis_test.py LAUREL

Makes a virtual environment in ~/.cache/laurel the first time. Exit 0 passed, 1 failed, 77 skipped:
schemathesis cannot be had here.
"""

import json
import os
import subprocess
import sys
import urllib.request
import venv

from server import Server

VERSION = "4.32.5"
HOME = os.path.join(os.path.expanduser("~"), ".cache", "laurel", f"schemathesis-{VERSION}")
SEED = os.environ.get("SCHEMATHESIS_SEED", "1")
CHECKS = ",".join([
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance", "unsupported_method", "allow_header_conformance"])
RUN_S = 240


def tool():
    """The path of schemathesis, or None if it cannot be installed."""
    path = os.path.join(HOME, "bin", "schemathesis")
    if os.path.exists(path):
        return path
    try:
        venv.create(HOME, with_pip=True)
        subprocess.run([os.path.join(HOME, "bin", "pip"), "install", "-q", f"schemathesis=={VERSION}"],
                       check=True, timeout=300, capture_output=True)
    except (subprocess.SubprocessError, OSError) as fault:
        print(f"skipped: schemathesis {VERSION} cannot be installed: {fault}")
        return None
    return path


def send_events(server):
    lines = "".join(
        json.dumps({"event_id": f"{user}-{i}", "user_id": user, "type": "checkin",
                    "occurred_at": f"2026-01-{i + 1:02d}T08:00:00Z"}) + "\n"
        for user in ("0", "ada", "bob") for i in range(5))
    request = urllib.request.Request(server.url + "/api/v1/events", lines.encode(),
                                     {"Content-Type": "application/x-ndjson"})
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["appended"] == 15


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 64
    path = tool()
    if path is None:
        return 77
    print(f"seed {SEED} (SCHEMATHESIS_SEED)")
    flags = ["--http-key-requests-per-minute", "0", "--http-ip-requests-per-minute", "0"]
    with Server(sys.argv[1], flags) as server:
        server.publish()
        send_events(server)
        done = subprocess.run(
            [path, "run", server.url + "/openapi.json", "--checks", CHECKS, "--seed", SEED,
             "--phases", "examples,coverage,fuzzing", "--max-examples", "25", "--no-color"],
            cwd=server.directory, timeout=RUN_S)
        if server.process.poll() is not None:
            print(f"the server ended: {server.stderr()}")
            return 1
        if server.stop() != 0:
            print("the server did not end in order")
            return 1
    return 0 if done.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
