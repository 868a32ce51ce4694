"""A proxy between an engine and the broker that knows Kafka's frames: it holds everything back, or
loses answers to chosen requests.

Frames are a size (int32) and that many bytes. A request begins with api_key (int16), api_version
(int16) and correlation_id (int32), an answer with the correlation_id of its request:
https://kafka.apache.org/protocol. Everything is passed on byte by byte as it came.
"""

import contextlib
import socket
import struct
import threading

PRODUCE, ADD_PARTITIONS, ADD_OFFSETS, END_TXN, TXN_OFFSET_COMMIT = 0, 24, 25, 26, 28
LISTEN_BACKLOG = 64
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset.


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def read_frame(connection):
    head = read_exactly(connection, 4)
    return head + read_exactly(connection, struct.unpack(">i", head)[0])


class Connection:
    """One client, and its connection to the broker."""

    def __init__(self, proxy, client):
        self.proxy = proxy
        self.client = client
        self.broker = socket.create_connection(("127.0.0.1", proxy.target))
        self.asked = {}  # correlation_id to api_key, of requests without an answer.

    def start(self):
        for pump in (self.requests, self.answers):
            threading.Thread(target=self.guarded, args=(pump,), daemon=True).start()

    def guarded(self, pump):
        try:
            pump()
        except (OSError, EOFError):
            pass
        finally:
            self.close()

    def requests(self):
        while True:
            frame = read_frame(self.client)
            api_key, _, correlation = struct.unpack(">hhi", frame[4:12])
            self.asked[correlation] = api_key
            self.proxy.passes.wait()
            self.broker.sendall(frame)

    def answers(self):
        while True:
            frame = read_frame(self.broker)
            correlation = struct.unpack(">i", frame[4:8])[0]
            self.proxy.passes.wait()
            if self.proxy.loses(self.asked.pop(correlation, None)):
                self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                return
            self.client.sendall(frame)

    def close(self):
        for each in (self.client, self.broker):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


class Proxy:
    """Listens on a port of its own from the moment it is made; the broker may come later."""

    def __init__(self, target):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=LISTEN_BACKLOG)
        self.port = self.listener.getsockname()[1]
        self.target = target
        self.ports = f"{target}:{self.port}"  # As LAUREL_BROKER_PROXIED has them.
        self.passes = threading.Event()
        self.passes.set()
        self.lock = threading.Lock()
        self.to_lose = {}  # api_key to how many answers.
        self.lost = {}
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                Connection(self, client).start()
            except OSError:  # The broker is not there.
                client.close()

    def loses(self, api_key):
        with self.lock:
            if self.to_lose.get(api_key, 0) == 0:
                return False
            self.to_lose[api_key] -= 1
            self.lost[api_key] = self.lost.get(api_key, 0) + 1
            return True

    def lose(self, api_key, answers=1):
        """The next answers to such requests are swallowed, and their connections reset."""
        with self.lock:
            self.to_lose[api_key] = self.to_lose.get(api_key, 0) + answers

    def cut(self):
        """Nothing passes any more; connections stay open, as with a cable pulled."""
        self.passes.clear()

    def heal(self):
        """What was held back arrives now, late."""
        self.passes.set()

    def close(self):
        self.heal()
        self.listener.close()
