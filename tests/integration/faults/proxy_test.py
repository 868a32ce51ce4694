#!/usr/bin/env python3
"""That the proxy passes frames on, holds them back, and loses the answers it is told to lose."""

import socket
import struct
import threading
import unittest

import proxy

TIMEOUT_S = 10


def request(api_key, correlation):
    body = struct.pack(">hhi", api_key, 0, correlation) + b"body"
    return struct.pack(">i", len(body)) + body


class Broker(threading.Thread):
    """Answers each request with its correlation id."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    @staticmethod
    def serve(client):
        try:
            while True:
                frame = proxy.read_frame(client)
                client.sendall(struct.pack(">i", 4) + frame[8:12])
        except (OSError, EOFError):
            client.close()


class TheProxy(unittest.TestCase):
    def setUp(self):
        self.proxy = proxy.Proxy(Broker().port)
        self.addCleanup(self.proxy.close)

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=TIMEOUT_S)
        self.addCleanup(client.close)
        return client

    def ask(self, client, api_key, correlation):
        client.sendall(request(api_key, correlation))
        return struct.unpack(">i", proxy.read_frame(client)[4:8])[0]

    def test_passes_frames_on(self):
        client = self.connect()
        self.assertEqual(self.ask(client, proxy.PRODUCE, 7), 7)
        self.assertEqual(self.ask(client, proxy.END_TXN, 8), 8)

    def test_loses_so_many_answers_to_such_requests_and_no_other(self):
        self.proxy.lose(proxy.END_TXN)
        client = self.connect()
        self.assertEqual(self.ask(client, proxy.PRODUCE, 1), 1)
        with self.assertRaises((OSError, EOFError)):
            self.ask(client, proxy.END_TXN, 2)
        self.assertEqual(self.ask(self.connect(), proxy.END_TXN, 3), 3)
        self.assertEqual(self.proxy.lost, {proxy.END_TXN: 1})

    def test_holds_back_while_cut_and_delivers_late(self):
        client = self.connect()
        self.assertEqual(self.ask(client, proxy.PRODUCE, 1), 1)
        self.proxy.cut()
        client.sendall(request(proxy.PRODUCE, 2))
        client.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            client.recv(1)
        self.proxy.heal()
        client.settimeout(TIMEOUT_S)
        self.assertEqual(struct.unpack(">i", proxy.read_frame(client)[4:8])[0], 2)


if __name__ == "__main__":
    unittest.main()
