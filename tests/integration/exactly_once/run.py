#!/usr/bin/env python3
"""Exactly once, on a real broker, while processes are killed with -9.

    run.py [--laurel PATH] [--seed N] [--events N] [--kills N] [--partitions N]

Starts Apache Kafka, creates the topics, publishes five rules, and has two `laurel serve` processes
work on an input with duplicates, late events and poison, while one or the other is killed with -9
at random moments and started again. When all input is consumed, the log and the stores are held
against a reference that shares no code with Laurel: see checks.py and README.md.

Prints the seed, the versions and a verdict. Exit 0 passed, 1 failed (the directory is kept), 69 not
able to run.
"""

import argparse
import collections
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import checks
import workload

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BROKER = os.path.join(SOURCE, "tests", "integration", "kafka", "broker.sh")
CHANGELOG, GRANTS, DLQ, LATE = ("badge.state.changelog", "badge.grants", "badge.dlq", "badge.late")
GROUP = "laurel"

INSTANCES = 2
KILL_MEAN_S = 4.0  # Between two kills.
DOWN_MAX_S = 1.0  # How long a killed process stays down, most times.
SESSION_TIMEOUT_S = 6  # After which the other process takes the partitions over.
DEATHS_MAX = 5  # Of its own, of one process, before the run is given up.
DOWN_LONG_S = 8.0  # Long enough for that.
LONG_EVERY = 5  # One of so many kills stays down for long.
CONSUME_TIMEOUT_S = 180
SETTLE_S = 3.0  # A process that has just started may not know yet how to end in order.
STOP_TIMEOUT_S = 40
COMMAND_TIMEOUT_S = 120
SET_ASIDE = ".corrupt"  # A store that was not to be trusted is kept under such a name.
STDERR_SHOWN = 2000  # Bytes of a failed command's own words.


class Unable(Exception):
    """Something outside the proof failed: no broker, no binary."""


class CrashLoop(Exception):
    """A process ends by itself again and again: going on would prove nothing more."""


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


class Broker:
    """A broker of our own, and its own clients."""

    def __init__(self, folder):
        self.data = os.path.join(folder, "broker")
        self.classpath = command([BROKER, "classpath"]).strip()
        # The broker ends with us, however we end.
        self.address = command([BROKER, "start", self.data],
                               LAUREL_BROKER_OWNER=str(os.getpid())).strip().splitlines()[-1]

    def tool(self, *arguments):
        # Two cores are shared by all: a small heap and no second compiler.
        return ["java", "-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-cp", self.classpath, os.path.join(HERE, "LogTool.java"),
                arguments[0], self.address, *map(str, arguments[1:])]

    def stop(self):
        subprocess.run([BROKER, "stop", self.data], check=False)


def command(arguments, **environment):
    done = subprocess.run(arguments, capture_output=True, text=True, check=False,
                          timeout=COMMAND_TIMEOUT_S, env={**os.environ, **environment})
    if done.returncode != 0:
        raise Unable(f"{' '.join(arguments[:3])} ... exit {done.returncode}: "
                     f"{done.stderr.strip()[-STDERR_SHOWN:]}")
    return done.stdout


class Instance:
    """One `laurel serve`: started, killed, started again, always in the same directory and under
    the same name."""

    def __init__(self, laurel, name, folder, broker):
        self.name = name
        self.state = os.path.join(folder, name)
        self.log_path = os.path.join(folder, name + ".log")
        self.command = [laurel, "serve", "--brokers", broker.address, "--state", self.state,
                        "--instance-id", name]
        self.environment = {**os.environ, "BADGE_ENV": "dev",
                            "BADGE_KAFKA_SESSION_TIMEOUT": f"{SESSION_TIMEOUT_S}s"}
        self.process = None
        self.up_at = 0.0  # When to start it again.
        self.started_at = 0.0
        self.kills = 0
        self.died = []  # Exit codes nobody asked for.

    def start(self):
        self.started_at = time.monotonic()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env=self.environment)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self, down_s):
        self.process.kill()
        self.process.wait()
        self.process = None
        self.kills += 1
        self.up_at = time.monotonic() + down_s

    def tend(self):
        """Starts it again when its time has come; notes a death of its own."""
        if self.process is not None and not self.running():
            self.died.append(self.process.returncode)
            self.process = None
            if len(self.died) >= DEATHS_MAX:
                raise CrashLoop(f"{self.name} ended by itself with {self.died}; {self.log_path}")
            self.up_at = time.monotonic() + DOWN_MAX_S
        if self.process is None and time.monotonic() >= self.up_at:
            self.start()

    def stop(self):
        """An orderly end; the exit code, or nothing if it had to be killed."""
        if not self.running():
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


# -- the run ------------------------------------------------------------------------------

class Proof:
    instance_count = INSTANCES
    replicas = 1
    is_compacted = False  # The changelog, while the proof runs.

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.random = random.Random(options.seed)
        self.faults = checks.Faults()
        self.instances = []
        self.producer = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def laurel(self, *arguments):
        return command([self.options.laurel, *arguments], BADGE_ENV="dev")

    def prepare(self):
        sent = workload.Workload(self.random, self.options.events, self.options.partitions)
        sent.write(self.path("records.tsv"))
        self.records = len(sent.records)
        self.poison_sent = sent.poison
        self.broker = self.make_broker()
        say(f"broker at {self.broker.address}; {self.records} records, "
            f"{sent.poison} of them poison")
        self.laurel("topics", "create", "--brokers", self.broker.address,
                    "--partitions", str(self.options.partitions), "--replicas", str(self.replicas))
        self.await_topics()
        workload.write_rules(self.path("rules.json"))
        self.laurel("rules", "publish", self.path("rules.json"), "--brokers", self.broker.address)

    def make_broker(self):
        return Broker(self.folder)

    def await_topics(self):
        """One broker knows the topics when they have been made."""

    def run(self):
        lasts_s = max(1.0, self.options.kills * self.options.kill_every)
        rate = max(200, int(self.records / lasts_s))
        say(f"producing {rate} records/s; {self.options.kills} kills, one in about "
            f"{self.options.kill_every} s")
        self.producer = subprocess.Popen(
            self.broker.tool("produce", self.path("records.tsv"), rate), stdout=subprocess.PIPE,
            stderr=open(self.path("producer.log"), "wb"), text=True)
        names = [f"engine-{number}" for number in range(self.instance_count)]
        self.instances = [self.instance(name) for name in names]
        for instance in self.instances:
            instance.start()
        self.kill_them()
        self.consume_the_rest()
        self.stop_them()

    def instance(self, name):
        return Instance(self.options.laurel, name, self.folder, self.broker)

    def kill_them(self):
        for number in range(1, self.options.kills + 1):
            # Now and then at once after the last: a process dies while it takes over or restores.
            gap = self.random.choice((self.random.uniform(0.05, 0.5),
                                      *[self.random.uniform(0.5, 2 * self.options.kill_every)] * 3))
            self.tend_until(time.monotonic() + gap)
            victim = self.next_victim()
            down_s = DOWN_LONG_S if number % LONG_EVERY == 2 else self.random.uniform(0, DOWN_MAX_S)
            victim.kill(down_s)
            say(f"kill {number}/{self.options.kills}: {victim.name}, down for {down_s:.1f} s")

    def next_victim(self):
        while True:
            running = [instance for instance in self.instances if instance.running()]
            if running:
                return self.random.choice(running)
            self.tend_until(time.monotonic() + 0.1)

    def tend_until(self, when):
        while True:
            for instance in self.instances:
                instance.tend()
            if time.monotonic() >= when:
                return
            time.sleep(0.02)

    def tend_while_running(self, process):
        while process.poll() is None:
            self.tend_until(time.monotonic() + 0.2)
        return process.stdout.read().strip()

    def consume_the_rest(self):
        sent = self.tend_while_running(self.producer)
        if self.producer.returncode != 0 or int(sent) != self.records:
            raise Unable(f"the producer failed; see {self.path('producer.log')}")
        say("all is produced and every kill is done; waiting until all is consumed")
        waiter = subprocess.Popen(
            self.broker.tool("await", GROUP, CONSUME_TIMEOUT_S, *checks.INPUTS),
            stdout=subprocess.PIPE, stderr=open(self.path("await.log"), "wb"), text=True)
        left = self.tend_while_running(waiter)
        if waiter.returncode != 0:
            self.faults.add("progress",
                            f"{left} records were not consumed in {CONSUME_TIMEOUT_S} s")

    def stop_them(self):
        # Both are up, so that the group is whole when they leave it.
        while not all(instance.running() and time.monotonic() - instance.started_at > SETTLE_S
                      for instance in self.instances):
            self.tend_until(time.monotonic() + 0.1)
        for instance in self.instances:
            code = instance.stop()
            self.faults.expect("processes", f"exit code of {instance.name} after SIGTERM", 0, code)
            for died in instance.died:
                self.faults.add("processes", f"{instance.name} ended by itself with {died}; "
                                             f"its log: {instance.log_path}")

    # -- reading back, and the checks ---------------------------------------------------

    def read(self, topic):
        path = self.path(topic + ".ndjson")
        command(self.broker.tool("read", topic, path))
        return list(checks.read_records(path, topic))

    def verify(self):
        partitions = self.options.partitions
        inputs = [record for topic in checks.INPUTS for record in self.read(topic)]
        self.faults.expect("inputs", "records in the input topics", self.records, len(inputs))
        say("inputs are read back; evaluating them with the reference")
        model = checks.Model(inputs, workload.RULES, partitions)
        self.faults.expect("inputs", "poison records", self.poison_sent, len(model.poison))
        outputs = {topic: self.read(topic) for topic in (GRANTS, DLQ, LATE)}
        per_partition = {topic: collections.Counter(record.partition for record in records)
                         for topic, records in outputs.items()}

        grants = checks.check_outcome(model, outputs[GRANTS], partitions, self.faults)
        say(f"(a) {grants} grants by the reference, {len(outputs[GRANTS])} records in {GRANTS}")
        folding = self.broker.tool("fold", CHANGELOG, self.path("changelog.ndjson"))
        changelog = command(folding).strip()
        commits = checks.read_records(self.path("changelog.ndjson.commits"), CHANGELOG)
        metas = checks.check_commits(commits, self.faults, self.is_compacted)
        checks.check_counters(model, metas, per_partition, partitions, self.faults)
        checks.check_dead_letters(model, outputs[DLQ], self.faults)
        fates = sum(model.fates.values(), collections.Counter())
        say("(b) " + ", ".join(f"{name} {count}" for name, count in sorted(fates.items()))
            + f"; {sum(meta.commit_number for meta in metas.values())} commits")
        rows = self.verify_stores()
        say(f"(c) {changelog} changelog records fold to {rows} rows compared with the stores")
        self.verify_offsets(model, metas)
        say("(d) offsets compared")

    def verify_stores(self):
        folded = collections.defaultdict(dict)
        for record in checks.read_records(self.path("changelog.ndjson"), CHANGELOG):
            folded[record.partition][record.key] = record.value
        stores = []
        for state in self.state_directories():
            for directory in store_directories(state):
                dump = self.laurel("store", "dump", directory)
                stores.append((directory, checks.read_store(dump.splitlines())))
        return checks.check_stores(folded, stores, self.options.partitions, self.faults)

    def state_directories(self):
        return [instance.state for instance in self.instances]

    def verify_offsets(self, model, metas):
        told = command(self.broker.tool("offsets", GROUP)).splitlines()
        committed = {(line["topic"], line["partition"]): line["offset"]
                     for line in map(checks.json.loads, told)}
        # Nothing in the inputs is transactional, so their ends are their counts.
        checks.check_offsets(metas, committed, model.total, self.faults)

    def close(self):
        for instance in self.instances:
            if instance.running():
                instance.process.kill()
                instance.process.wait()
        if self.producer is not None and self.producer.poll() is None:
            self.producer.kill()
        if hasattr(self, "broker"):
            self.broker.stop()


def store_directories(state):
    """Every RocksDB directory below a state directory, but for those that were set aside."""
    return sorted(folder for folder, _, files in os.walk(state)
                  if "CURRENT" in files and not folder.endswith(SET_ASIDE))


def options_of():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--laurel", default=os.path.join(SOURCE, "build", "release", "laurel"))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--kill-every", type=float, default=KILL_MEAN_S, metavar="SECONDS")
    parser.add_argument("--keep", action="store_true", help="keep the directory in any case")
    return parser.parse_args()


def main():
    options = options_of()
    folder = tempfile.mkdtemp(prefix=f"laurel-exactly-once-{options.seed}-")
    say(f"seed {options.seed}; {options.events} events, {options.kills} kills, "
        f"{options.partitions} partitions; directory {folder}")
    began, proof, able = time.monotonic(), Proof(options, folder), True
    try:
        version = proof.laurel("--version").strip()
        proof.prepare()
        say(f"{version}; Apache Kafka {os.environ.get('KAFKA_VERSION', '3.9.1')}; "
            f"Python {sys.version.split()[0]}")
        proof.run()
        proof.verify()
    except (Unable, OSError, subprocess.TimeoutExpired) as fault:
        say(f"NOT ABLE TO RUN: {fault}")
        able = False
    except CrashLoop as fault:
        proof.faults.add("processes", fault)
    except Exception:  # What cannot be read is wrong too; the verdict is told in any case.
        proof.faults.add("reading", traceback.format_exc())
    finally:
        proof.close()
    for line in proof.faults.lines:
        print("FAULT " + line)
    for check, count in sorted(proof.faults.count.items()):
        print(f"FAULTS {check}: {count}")
    passed = able and not proof.faults.count
    say(f"{'PASSED' if passed else 'FAILED'}: seed {options.seed}, "
        f"{sum(instance.kills for instance in proof.instances)} kills, "
        f"{time.monotonic() - began:.0f} s")
    if passed and not options.keep:
        shutil.rmtree(folder)
    else:
        say(f"kept: {folder}")
    return 69 if not able else 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
