"""Requests of every API, cut short and mutated: the node answers or closes, goes on for others, and keeps its memory."""

import os
import random
import socket
import struct

import pytest

from test_traps_versions import ASKED, ranges, strip
from wire import Closed, Wire, Writer, messages

# What stays out of mutation: a changed number there may rightly ask for ten thousand partitions.
COSTLY = {"CreateTopics", "CreatePartitions"}
SEED = int(os.environ.get("APUS_SEED", "1"))


def encoded(name, version):
    message = messages()[name, "request"]
    flexible = version in message.flexible
    writer = Writer(version, flexible)
    writer.fields(message.fields, strip(name, ASKED[name][0]))
    return message.key, (b"\0" if flexible else b""), bytes(writer.out)


def outlives(node, frame):
    """Sends the frame; the connection is answered, closed, or waits, as long as it does not keep others from being served."""
    with Wire(node, timeout=0.05) as one:
        try:
            one.socket.sendall(frame)
            one.socket.shutdown(socket.SHUT_WR)
            one.read()
        except (Closed, OSError, struct.error):
            pass


def alive(node, before):
    assert node.process.poll() is None, node.tail()
    with Wire(node) as other:
        other.send(18, 0, 3)
        assert other.read()[0] == 3
    assert node.resident_mebibytes() - before < 256


@pytest.mark.parametrize("name", ASKED)
def test_requests_that_are_cut_short(node, name):
    before = node.resident_mebibytes()
    with Wire(node) as wire:
        low, high = max(ranges()[name][1], ranges()[name][3]), ranges()[name][2]
        for version in {low, high}:
            key, tags, body = encoded(name, version)
            for length in range(0, len(body), max(1, len(body) // 12)):
                outlives(node, wire.frame(key, version, 1, body=body[:length], tags=tags))
                # And a frame that says more than comes.
                outlives(node, wire.frame(key, version, 1, body=body, tags=tags)[: length + 12])
    alive(node, before)


@pytest.mark.parametrize("name", [name for name in ASKED if name not in COSTLY])
def test_requests_with_changed_bytes(node, name):
    chance, before = random.Random(f"{SEED} {name}"), node.resident_mebibytes()
    with Wire(node) as wire:
        for _ in range(40):
            version = chance.randint(max(ranges()[name][1], ranges()[name][3]), ranges()[name][2])
            key, tags, body = encoded(name, version)
            frame = bytearray(wire.frame(key, version, 1, body=body, tags=tags))
            for _ in range(chance.randint(1, 4)):
                # Behind the API key and its version, so that this API it stays.
                frame[chance.randrange(8, len(frame))] = chance.choice([0, 1, 127, 128, 255, chance.randrange(256)])
            outlives(node, bytes(frame))
    alive(node, before)


def test_random_bytes_behind_a_length(node):
    chance, before = random.Random(SEED), node.resident_mebibytes()
    for _ in range(200):
        noise = chance.randbytes(chance.randint(0, 300))
        outlives(node, struct.pack(">i", len(noise)) + noise)
    alive(node, before)
