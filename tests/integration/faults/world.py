"""What the scenarios share: a broker, two engines that can be armed, the input, and the verdict.

A scenario is the exactly-once proof with another disturbance: the same input, the same checkers.
"""

import datetime
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(SOURCE, "tests", "integration", "exactly_once"))

import checks  # noqa: E402, F401
import run as proof  # noqa: E402
from run import CrashLoop, Unable, command, say  # noqa: E402, F401

KILLED = 137  # The exit code of a process that died at a failpoint.
EVENTS_PER_SECOND = 400
VERSION_OF_KAFKA = os.environ.get("KAFKA_VERSION", "3.9.1")


class Engine(proof.Instance):
    """A `laurel serve` with settings of its own, whose exit codes the scenario may expect."""

    def __init__(self, laurel, name, folder, broker):
        super().__init__(laurel, name, folder, broker)
        self.plain = dict(self.environment)
        self.expected = set()  # Exit codes that are no fault, besides 0.
        self.ended = []  # All of them, in order.
        self.is_wanted = True  # Started again when it has ended.

    def start(self, **settings):
        self.environment = {**self.plain, **settings}
        super().start()

    def signal(self, number):
        if self.running():
            self.process.send_signal(number)

    def pause(self):
        self.signal(signal.SIGSTOP)

    def go_on(self):
        self.signal(signal.SIGCONT)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def tend(self):
        if self.process is not None and not self.running():
            code = self.process.returncode
            self.ended.append(code)
            if code in self.expected:
                self.process = None
                self.up_at = time.monotonic()
        if self.process is None and not self.is_wanted:
            return
        super().tend()


class Scenario(proof.Proof):
    """One row of faults.md. `lasts_s` says for how long input comes at least; `disturb` is what is
    done meanwhile. Everything that the exactly-once proof checks is checked afterwards."""

    name = ""
    what = ""
    lasts_s = 20
    partitions = 4
    broker_settings = ""  # Lines for server.properties.
    settings = {}  # Environment of the engines.

    def __init__(self, options, folder):
        options.events = int(self.duration_s(options) * EVENTS_PER_SECOND)
        options.kills, options.kill_every = 1, self.duration_s(options)
        options.partitions = self.partitions
        self.notes = {}
        super().__init__(options, folder)

    def duration_s(self, options):
        del options
        return self.lasts_s

    def prepare(self):
        os.environ["LAUREL_BROKER_CONFIG"] = self.broker_settings
        os.environ["LAUREL_BROKER_PROXIED"] = ""  # PORT:ADVERTISED of a listener for a proxy.
        super().prepare()

    def instance(self, name):
        engine = Engine(self.options.laurel, name, self.folder, self.broker)
        engine.plain.update(self.settings)
        return engine

    def kill_them(self):
        self.disturb()

    def disturb(self):
        raise NotImplementedError

    # -- what scenarios do ------------------------------------------------------------------

    def fault(self, text):
        self.faults.add(self.name, text)

    def expect(self, what, expected, found):
        self.faults.expect(self.name, what, expected, found)

    def let_run(self, seconds):
        self.tend_until(time.monotonic() + seconds)

    def wait_until(self, what, holds, timeout_s):
        """Tends the engines until `holds()`; a fault if that does not come in time."""
        end = time.monotonic() + timeout_s
        while not holds():
            if time.monotonic() > end:
                self.fault(f"after {timeout_s} s: still not {what}")
                return False
            self.let_run(0.1)
        return True

    def kill_for_good(self, engine):
        """Dead, and not started again before `is_wanted` is set."""
        engine.expected = {-signal.SIGKILL}
        engine.is_wanted = False
        engine.process.kill()

    def kill_and_wait(self, *engines):
        for engine in engines:
            self.kill_for_good(engine)
        self.wait_until("ended", lambda: not any(each.running() for each in engines), 10)

    def status(self, engine):
        """What the engine tells of itself; nothing if it does not answer."""
        asked = subprocess.run([self.options.laurel, "status", "--state", engine.state, "--json"],
                               capture_output=True, text=True, check=False, timeout=20,
                               env={**os.environ, "BADGE_ENV": "dev"})
        return json.loads(asked.stdout) if asked.returncode == 0 else None

    def tasks(self, engine):
        status = self.status(engine)
        return {} if status is None else {task["partition"]: task for task in status["tasks"]}

    def phases(self):
        """Partition to phase, over both engines."""
        return {number: task["phase"] for engine in self.instances if engine.running()
                for number, task in self.tasks(engine).items()}

    def all_run(self):
        phases = self.phases()
        return len(phases) == self.partitions and set(phases.values()) == {"running"}


def carry_out(kind, options):
    """Runs one scenario; returns its verdict as a dictionary."""
    folder = tempfile.mkdtemp(prefix=f"laurel-{kind.name}-{options.seed}-")
    # A copy, so that a build meanwhile changes nothing.
    options.laurel = shutil.copy(options.laurel, os.path.join(folder, "laurel"))
    say(f"{kind.name}: {kind.what}; seed {options.seed}; directory {folder}")
    began, scenario, able, why = time.monotonic(), kind(options, folder), True, ""
    try:
        version = scenario.laurel("--version").strip()
        scenario.prepare()
        scenario.run()
        scenario.verify()
    except (Unable, OSError, subprocess.TimeoutExpired) as fault:
        able, why, version = False, str(fault), "?"
    except CrashLoop as fault:
        scenario.faults.add("processes", fault)
    except Exception:  # What cannot be read is wrong too; the verdict is told in any case.
        scenario.faults.add("reading", traceback.format_exc())
    finally:
        scenario.close()
    for line in scenario.faults.lines:
        print("FAULT " + line)
    passed = able and not scenario.faults.count
    verdict = {"scenario": kind.name, "what": kind.what,
               "verdict": "passed" if passed else "failed" if able else "not able to run",
               "seed": options.seed, "records": getattr(scenario, "records", 0),
               "seconds": round(time.monotonic() - began),
               "laurel": version, "kafka": VERSION_OF_KAFKA,
               "date": datetime.date.today().isoformat(),
               "faults": dict(scenario.faults.count), **scenario.notes}
    if why:
        verdict["why"] = why
    print(json.dumps(verdict), flush=True)
    if passed and not options.keep:
        shutil.rmtree(folder)
    else:
        say(f"kept: {folder}")
    return verdict


def new_seed():
    return random.SystemRandom().randrange(2**31)
