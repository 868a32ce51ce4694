"""A `laurel serve` on an embedded log in a scratch directory, for scripts that talk HTTP to it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

READY_S = 60
STOP_S = 40

RULES = [
    {"id": "regular", "badge": "Regular", "on": ["checkin"], "when": {"ge": [{"agg": {"f": "count"}}, 3]}},
    {"id": "keen", "badge": "Keen", "on": ["checkin"], "when": {"ge": [{"agg": {"f": "count"}}, 30]}},
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Runs until `stop`; `url` is where it is."""

    def __init__(self, laurel, flags=(), environment=None):
        self.laurel = laurel
        self.directory = tempfile.mkdtemp(prefix="laurel-http-")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = dict(os.environ, **(environment or {}))
        self.log = open(os.path.join(self.directory, "stderr.log"), "w")
        self.process = subprocess.Popen(
            [laurel, "serve", "--embedded", self.directory, "--env", "dev", "--http-port", str(self.port),
             "--metrics-port", "0", *flags],
            stderr=self.log, env=self.environment)
        try:
            self._wait_until_ready()
        except Exception:
            self.stop()
            raise

    def _wait_until_ready(self):
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"laurel ended with {self.process.returncode}: {self.stderr()}")
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                with urllib.request.urlopen(self.url + "/ready", timeout=5) as answer:
                    if json.load(answer)["status"] == "ready":
                        return
            time.sleep(0.05)
        raise RuntimeError(f"laurel is not ready: {self.stderr()}")

    def stderr(self):
        with open(self.log.name) as written:
            return written.read()[-3000:]

    def command(self, *words, text=None):
        done = subprocess.run([self.laurel, *words, "--embedded", self.directory], input=text, text=True,
                              capture_output=True, env=self.environment)
        if done.returncode != 0:
            raise RuntimeError(f"laurel {' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout

    def publish(self, rules=None):
        path = os.path.join(self.directory, "rules.ndjson")
        with open(path, "w") as out:
            out.writelines(json.dumps(rule) + "\n" for rule in rules or RULES)
        self.command("rules", "publish", path)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
