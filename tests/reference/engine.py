"""Laurel as the reference meets it: `laurel replay` over files, and what it can do so far."""

import json
import os
import subprocess
import tempfile

REPLAY_TIMEOUT_S = 300


class Refused(Exception):
    """The engine did not run; its message says why."""


class Engine:
    """Runs the program over cases written to a folder of its own."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, rules, events):
        with open(self.path("rules.json"), "w", encoding="utf-8") as file:
            json.dump(rules, file, indent=1)
        with open(self.path("events.ndjson"), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(event) + "\n" for event in events)

    def run(self, *arguments):
        done = subprocess.run([self.program, *arguments], capture_output=True,
                              timeout=REPLAY_TIMEOUT_S, check=False)
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace").strip()

    def replay(self, rules, events, until=None, horizon=None):
        """The lines of the output; `Refused` where it ended with a failure."""
        self.write(rules, events)
        limit = ["--until", until] if until else []
        limit += ["--horizon-engagement", horizon] if horizon else []
        code, said = self.run("replay", "--rules", self.path("rules.json"), *limit,
                              "--events", self.path("events.ndjson"),
                              "--out", self.path("laurel.ndjson"))
        if code != 0:
            raise Refused(f"exit {code}: {said}")
        with open(self.path("laurel.ndjson"), encoding="utf-8") as file:
            return file.read().splitlines()

    def lacks(self, rules):
        """What `laurel rules check` says of rules it does not take; nothing if it takes them."""
        self.write(rules, [])
        code, said = self.run("rules", "check", self.path("rules.json"))
        return said if code != 0 else None

    def fires_timers(self):
        """Whether time passes for a user whom no event touches any more."""
        rule = {"id": "r", "badge": "B", "on": ["checkin"], "policy": {"revoke": "maintained"},
                "when": {"ge": [{"agg": {"f": "count", "win": {"last": "PT1H"}}}, 1]}}
        events = [{"event_id": "1", "user_id": "ada", "type": "checkin",
                   "occurred_at": "2026-01-05T08:00:00Z"},
                  {"event_id": "2", "user_id": "bob", "type": "view",
                   "occurred_at": "2026-01-07T08:00:00Z"}]
        return any('"revoked"' in line for line in self.replay([rule], events))

    def reads_profile_zones(self):
        """Whether an event without a zone is in that of the user's last profile event."""
        rule = {"id": "r", "badge": "B", "on": ["checkin"],
                "when": {"ge": [{"agg": {"f": "count",
                                         "where": {"==": [{"var": "local.hour"}, 16]}}}, 1]}}
        events = [{"event_id": "1", "user_id": "ada", "type": "profile", "zone": "Asia/Shanghai",
                   "occurred_at": "2026-01-05T08:00:00Z"},
                  {"event_id": "2", "user_id": "ada", "type": "checkin",
                   "occurred_at": "2026-01-05T08:00:00Z"}]
        return bool(self.replay([rule], events))


def without_notice(lines, in_order):
    """Leaves out when it was noticed what came out of order, or what time alone decided.

    What an emitted event decided may be that: nothing tells whether its emitter was moved by time.
    """
    kept = []
    for line in lines:
        try:
            document = json.loads(line)
        except ValueError:
            return lines
        if not in_order or document["cause"].startswith(("window_end", "emit:")):
            document.pop("recorded_at", None)
        kept.append(json.dumps(document))
    return kept


def scratch(program):
    """An engine in a temporary folder, which is gone with the second value."""
    folder = tempfile.TemporaryDirectory(prefix="laurel-reference-")
    return Engine(program, folder.name), folder
