"""Frames written by hand: what broke real clients elsewhere, each trap a test."""

import struct
import time

import pytest

from wire import Wire


SOFTWARE = b"\x02t\x021\x00"  # ApiVersions 3: compact names of the client's software, no tags


def test_01_produce_is_listed_from_version_0(wire):
    wire.send(18, 0, 1)
    _, body = wire.read()
    error, count = struct.unpack(">hi", body[:6])
    ranges = {key: (low, high) for key, low, high in struct.iter_unpack(">hhh", body[6:])}
    assert error == 0 and count == len(ranges)
    assert ranges[0] == (0, 13) and ranges[22][0] == 0


def test_02_unknown_apiversions_is_answered_in_version_0(wire):
    wire.send(18, 99, 7, body=b"\xff" * 20, tags=b"\x00")
    correlation, body = wire.read()
    error, count, key, low, high = struct.unpack(">hihhh", body[:12])
    assert (correlation, error, count, key, low) == (7, 35, 1, 18, 0) and high >= 3
    wire.send(18, 3, 8, body=SOFTWARE, tags=b"\x00")
    assert wire.read()[0] == 8


@pytest.mark.parametrize("client", [b"\xff\xff", b"\x00\x00"])
def test_05_null_or_empty_client_id(wire, client):
    wire.send(18, 3, 5, body=SOFTWARE, client=client, tags=b"\x00")
    assert wire.read()[1][:2] == b"\x00\x00"
    wire.send(3, 12, 6, body=b"\x01\x00\x00\x00", client=client, tags=b"\x00")
    assert wire.read()[0] == 6


@pytest.mark.parametrize("correlation", [0, -1, 2147483647])
def test_10_correlation_ids_are_echoed(wire, correlation):
    wire.send(18, 0, correlation)
    assert wire.read()[0] == correlation


def fetch_4(topic, wait):
    name = struct.pack(">h", len(topic)) + topic.encode()
    return (struct.pack(">iiiibi", -1, wait, 1, 1 << 20, 0, 1) + name
            + struct.pack(">iiqi", 1, 0, 0, 1 << 20))


def metadata_4(topic, create):
    return struct.pack(">ih", 1, len(topic)) + topic.encode() + bytes([create])


def make(wire, topic):
    """Creates by auto creation, and waits until the topic can be used."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        wire.send(3, 4, 1, body=metadata_4(topic, True))
        name = struct.pack(">h", len(topic)) + topic.encode()
        body = wire.read()[1]
        place = body.index(name)
        if body[place - 2 : place] == b"\x00\x00":
            return wire.usable(topic)
        time.sleep(0.05)
    raise AssertionError("the topic was not created")


def test_11_answers_leave_in_the_order_of_requests(wire, topic):
    make(wire, topic)
    frames = wire.frame(1, 4, 100, body=fetch_4(topic, 1500))
    frames += b"".join(wire.frame(3, 4, 101 + n, body=struct.pack(">i?", 0, False)) for n in range(10))
    wire.socket.sendall(frames)
    assert [wire.read()[0] for _ in range(11)] == list(range(100, 111))


@pytest.mark.parametrize("bytes", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01",
                                   struct.pack(">i", -1), struct.pack(">i", 2147483647)])
def test_13_a_foreign_protocol_is_cut_off(wire, node, bytes):
    wire.socket.sendall(bytes)
    assert wire.closed()
    with Wire(node) as other:
        other.send(18, 0, 1)
        assert other.read()[0] == 1


@pytest.mark.parametrize("body", [b"\xff\xff\xff\xff\x07" + b"\x00" * 8, b"\xff" * 12])
def test_14_a_huge_count_in_a_small_frame(wire, node, body):
    before = node.resident_mebibytes()
    wire.send(3, 12, 1, body=body, tags=b"\x00")
    assert wire.closed()
    assert node.resident_mebibytes() - before < 64


@pytest.mark.parametrize("name, error", [("not-there", 3), ("bad name", 17), ("..", 17), ("a" * 250, 17)])
def test_17_the_error_of_a_topic_that_is_not_there(wire, name, error):
    wire.send(3, 4, 1, body=metadata_4(name, False))
    body = wire.read()[1]
    echoed = struct.pack(">hh", error, len(name)) + name.encode()
    assert echoed in body


def test_35_acks_0_is_not_answered(wire, topic):
    make(wire, topic)
    name = struct.pack(">h", len(topic)) + topic.encode()
    batch = b""
    produce = struct.pack(">hhii", -1, 0, 1000, 1) + name + struct.pack(">iii", 1, 0, len(batch)) + batch
    wire.send(0, 7, 1, body=produce)
    assert wire.closed(), "an error that cannot be answered closes the connection"


def test_40_a_fetch_without_data_waits_as_asked(wire, topic):
    make(wire, topic)
    for wait in (0, 500):
        begun = time.monotonic()
        wire.send(1, 4, 1, body=fetch_4(topic, wait))
        body = wire.read()[1]
        took = time.monotonic() - begun
        assert wait / 1000 <= took + 0.001 and took < wait / 1000 + 1
        assert struct.unpack(">i", body[-4:])[0] == 0, "37: empty records, never null"
