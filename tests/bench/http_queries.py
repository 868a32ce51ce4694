#!/usr/bin/env python3
"""How many badge queries a second, against the same server answering a constant.

    http_queries.py --laurel PATH [--users N] [--seconds N] [--connections N] [--ingest N]

Starts `laurel serve` on an embedded log, has `users` users earn badges, and runs wrk twice in the
same process's life: on /live (the floor: a constant through the same listener, gate and pool) and on
/api/v1/users/{user}/badges with random users, while `ingest` events a second come in. Prints one
line of JSON. The settings it raises are printed too. Exit 77: wrk is not here.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration", "http"))
from server import Server  # noqa: E402

RAISED = {
    "--http-key-requests-per-minute": "0",
    "--http-in-flight-per-caller-max": "256",
    "--http-requests-per-connection-max": "1000000000",
    "--http-connections-per-ip-max": "1024",
}
BATCH = 1000

SCRIPT = """
request = function()
  return wrk.format("GET", "/api/v1/users/u" .. math.random(0, %d) .. "/badges")
end
"""


def batch_of(users, numbers):
    return "".join(
        json.dumps({"event_id": f"e{n}", "user_id": f"u{n % users}", "type": "checkin",
                    "occurred_at": "2026-01-05T08:15:00Z"}) + "\n" for n in numbers).encode()


def post(server, body):
    request = urllib.request.Request(server.url + "/api/v1/events", body,
                                     {"Content-Type": "application/x-ndjson"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers


def ingest(server, users, rate, first, done):
    """Sends `rate` events a second, in batches, until `done`."""
    number, began = first, time.monotonic()
    while rate > 0 and not done.is_set():
        post(server, batch_of(users, range(number, number + BATCH)))
        number += BATCH
        done.wait(max(0, began + (number - first) / rate - time.monotonic()))


def wrk(url, seconds, connections, script=None):
    words = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency"]
    text = subprocess.run(words + (["-s", script] if script else []) + [url], check=True, text=True,
                          capture_output=True).stdout
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    p99 = re.search(r"99%\s+([0-9.]+)(us|ms|s)", text)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return {"requests_per_s": float(re.search(r"Requests/sec:\s+([0-9.]+)", text)[1]),
            "p99_ms": round(float(p99[1]) * unit[p99[2]], 3), "refused": int(bad[1]) if bad else 0}


def resident_kib(process):
    with open(f"/proc/{process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--laurel", required=True)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--ingest", type=int, default=10_000)
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        print("skipped: wrk is not installed (apt-get install wrk)")
        return 77
    print("raised:", " ".join(f"{name} {value}" for name, value in RAISED.items()), file=sys.stderr)
    with Server(asked.laurel, [word for pair in RAISED.items() for word in pair]) as server:
        server.publish()
        events = asked.users * 3
        for first in range(0, events, BATCH):
            post(server, batch_of(asked.users, range(first, min(first + BATCH, events))))
        script = os.path.join(server.directory, "badges.lua")
        with open(script, "w") as out:
            out.write(SCRIPT % (asked.users - 1))
        done = threading.Event()
        feeder = threading.Thread(target=ingest, args=(server, asked.users, asked.ingest, events, done))
        feeder.start()
        floor = wrk(server.url + "/live", asked.seconds, asked.connections)
        before = resident_kib(server.process)
        badges = wrk(server.url, asked.seconds, asked.connections, script)
        after = resident_kib(server.process)
        done.set()
        feeder.join()
        print(json.dumps({"floor": floor, "badges": badges,
                          "ratio": round(badges["requests_per_s"] / floor["requests_per_s"], 3),
                          "users": asked.users, "ingest_per_s": asked.ingest,
                          "resident_kib": [before, after]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
