"""Frames written by hand: what broke real clients elsewhere, each trap a test."""

import struct
import time

import pytest

from node import SERVER
from wire import Wire, batch


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


def test_04_features_with_a_minimum_of_0_are_kept_from_old_clients(wire):
    asked = {"ClientSoftwareName": "t", "ClientSoftwareVersion": "1"}
    old, new = (wire.call("ApiVersions", version, **asked) for version in (3, 4))
    assert old.ErrorCode == new.ErrorCode == 0
    assert all(one.MinVersion > 0 for one in old.SupportedFeatures)
    assert {one.Name for one in old.SupportedFeatures} <= {one.Name for one in new.SupportedFeatures}
    assert "metadata.version" in [one.Name for one in old.FinalizedFeatures]


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


def test_16_only_idle_connections_are_closed(make_node, topic):
    node = make_node(connections_max_idle_ms=2000).start()
    with Wire(node) as idle, Wire(node) as busy:
        busy.create(topic)
        idle.send(18, 0, 1)
        idle.read()
        idle.socket.setblocking(False)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            busy.fetch(topic, 0, wait=200)
            try:
                if idle.socket.recv(1) == b"":
                    break
            except BlockingIOError:
                continue
        else:
            raise AssertionError("an idle connection stays open")
        busy.fetch(topic, 0, wait=200)


@pytest.mark.skipif(SERVER == "apache", reason="Apache Kafka closes it")
def test_16_a_connection_whose_request_waits_is_not_idle(make_node, topic):
    node = make_node(connections_max_idle_ms=1000).start()
    with Wire(node) as wire:
        wire.create(topic)
        wire.fetch(topic, 0, wait=4000)


@pytest.mark.parametrize("name, error", [("not-there", 3), ("bad name", 17), ("..", 17), ("a" * 250, 17)])
def test_17_the_error_of_a_topic_that_is_not_there(wire, name, error):
    wire.send(3, 4, 1, body=metadata_4(name, False))
    body = wire.read()[1]
    echoed = struct.pack(">hh", error, len(name)) + name.encode()
    assert echoed in body


def test_19_a_topic_is_created_only_if_both_sides_want_it(make_node, node, wire, topic):
    def asked(one, allow):
        return one.call("Metadata", 12, Topics=[{"Name": topic}], AllowAutoTopicCreation=allow).Topics[0].ErrorCode

    assert asked(wire, False) == 3 and asked(wire, False) == 3
    assert asked(wire, True) in (3, 5, 0), "being made"
    wire.usable(topic)
    assert asked(wire, False) == 0
    without = make_node(auto_create_topics_enable="false").start()
    with Wire(without) as other:
        assert asked(other, True) == 3
        other.create("another")
        assert asked(other, True) == 3, "nothing was made behind the answer"


def test_19_a_topic_takes_records_as_soon_as_it_can_be_used(wire, topic):
    for number in range(30):
        wire.create(f"{topic}-{number}")
        assert wire.produce(f"{topic}-{number}", batch()).ErrorCode == 0


def test_20_the_controller_is_a_broker_of_the_answer(node, wire, topic):
    for version in range(1, 14):
        answer = wire.call("Metadata", version, Topics=[] if version else None)
        found = [one for one in answer.Brokers if one.NodeId == answer.ControllerId]
        assert [(one.Host, one.Port) for one in found] == [("127.0.0.1", node.port)]
    assert wire.create(topic), "and it takes what is the controller's"


def test_metadata_lists_every_topic_that_was_asked(wire, topic):
    wire.create(topic)
    names = [topic, "not-there", "bad name", topic]
    answer = wire.call("Metadata", 8, Topics=[{"Name": name} for name in names], AllowAutoTopicCreation=False)
    assert {one.Name: one.ErrorCode for one in answer.Topics} == {topic: 0, "not-there": 3, "bad name": 17}
    assert wire.call("Metadata", 8, Topics=[]).Topics == []
    assert topic in [one.Name for one in wire.call("Metadata", 8, Topics=None).Topics]


def test_an_unknown_api_or_version_closes_the_connection(node):
    for key, version in ((999, 0), (-5, 0), (3, 99), (0, 2), (1, 3)):
        with Wire(node) as one:
            one.send(key, version, 1, body=b"\0" * 40)
            assert one.closed(), (key, version)


def test_a_slow_sender_is_answered(wire):
    for byte in wire.frame(18, 0, 77):
        wire.socket.sendall(bytes([byte]))
        time.sleep(0.005)
    assert wire.read()[0] == 77


def test_a_frame_that_never_ends_harms_nobody(node):
    with Wire(node) as one, Wire(node) as other:
        one.socket.sendall(one.frame(18, 0, 1)[:9])
        other.send(18, 0, 2)
        assert other.read()[0] == 2
    with Wire(node) as other:
        other.send(18, 0, 3)
        assert other.read()[0] == 3


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
