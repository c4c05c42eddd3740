"""A data directory goes from Apus to Apache Kafka and back: each starts on what the other left after a clean stop."""

import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from node import SERVER, Node
from test_traps_admin import described, eventually
from test_traps_produce import producer_id
from wire import Wire, batch, batches

pytestmark = [pytest.mark.java, pytest.mark.timeout(300)]

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
STAMP = 1_600_000_000_000
COUNT = 400


def write(node, topic, codec, first, count):
    producer = Producer({"bootstrap.servers": node.bootstrap, "compression.type": codec, "enable.idempotence": True,
                         "linger.ms": 5, "batch.num.messages": 50})
    errors = []
    for number in range(first, first + count):
        producer.produce(topic, key=b"k%d" % number, value=b"%d " % number + b"x" * 500, partition=0,
                         headers=[("number", b"%d" % number)], timestamp=STAMP + number,
                         on_delivery=lambda error, _: error and errors.append(error))
    assert producer.flush(60) == 0 and not errors, errors[:1]


def read(node, topic, first, end):
    consumer = Consumer({"bootstrap.servers": node.bootstrap, "group.id": "reader", "enable.auto.commit": False,
                         "check.crcs": True})
    consumer.assign([TopicPartition(topic, 0, first)])
    found, deadline = [], time.monotonic() + 60
    while len(found) < end - first:
        assert time.monotonic() < deadline, f"{len(found)} of {end - first} records"
        message = consumer.poll(0.5)
        if message is not None:
            assert message.error() is None, message.error()
            found.append(message)
    consumer.close()
    for number, message in enumerate(found, first):
        assert message.offset() == number and message.value().split()[0] == b"%d" % number
        assert message.key() == b"k%d" % number and message.headers() == [("number", b"%d" % number)]
        assert message.timestamp()[1] == STAMP + number


def commit(wire, topic, offset):
    answer = wire.call("OffsetCommit", 8, GroupId="group", Topics=[{"Name": topic, "Partitions": [
        {"PartitionIndex": 0, "CommittedOffset": offset, "CommittedMetadata": f"at {offset}"}]}])
    assert answer.Topics[0].Partitions[0].ErrorCode == 0


def committed(wire, topic):
    answer = wire.call("OffsetFetch", 7, GroupId="group", RequireStable=True, Topics=[
        {"Name": topic, "PartitionIndexes": [0]}])
    [found] = answer.Topics[0].Partitions
    return found.CommittedOffset, found.Metadata


def fill(node):
    """What the first node leaves; gives what has to be found again."""
    left = {"ids": {}, "producers": {}}
    with Wire(node) as wire:
        wire.coordinator("group")
        for codec in CODECS:
            topic = f"of-{codec}"
            left["ids"][topic] = wire.create(topic, 2, retention_ms=-1, segment_bytes=1048576)
            write(node, topic, codec, 0, COUNT)
            commit(wire, topic, COUNT // 2)
        wire.create("gone")
        wire.call("DeleteTopics", 6, TimeoutMs=15000, Topics=[{"Name": "gone"}])
        deleted = wire.call("DeleteRecords", 2, TimeoutMs=15000, Topics=[
            {"Name": "of-none", "Partitions": [{"PartitionIndex": 0, "Offset": 10}]}])
        assert deleted.Topics[0].Partitions[0].LowWatermark == 10
        left["producer"] = producer_id(wire)
        for sequence in range(3):
            answer = wire.produce("of-none", batch(producer_id=left["producer"], epoch=0, sequence=sequence), partition=1)
            assert answer.BaseOffset == sequence
    return left


def check(node, left, round):
    """All that was left is there, and the node goes on from there."""
    with Wire(node) as wire:
        wire.coordinator("group")
        for topic, number in left["ids"].items():
            wire.usable(topic, (0, 1))
            [found] = wire.call("Metadata", 12, Topics=[{"Name": topic}], AllowAutoTopicCreation=False).Topics
            assert (found.TopicId, len(found.Partitions)) == (number, 2)
            configs = described(wire, topic)
            assert (configs["retention.ms"].Value, configs["segment.bytes"].Value) == ("-1", "1048576")
            start = 10 if topic == "of-none" else 0
            end = COUNT + 20 * round
            assert (wire.offset(topic, -2).Offset, wire.end(topic)) == (start, end)
            read(node, topic, start, end)
            assert wire.offset(topic, STAMP + 123).Offset == 123
            assert committed(wire, topic) == (COUNT // 2 + round, f"at {COUNT // 2 + round}")
        assert "gone" not in [one.Name for one in wire.call("Metadata", 12, Topics=None).Topics]
        mine, sequence = left["producer"], 2 + round
        again = wire.produce("of-none", batch(producer_id=mine, epoch=0, sequence=sequence), partition=1)
        assert (again.ErrorCode, again.BaseOffset) == (0, sequence), "its last batch is a duplicate"
        after = wire.produce("of-none", batch(producer_id=mine, epoch=0, sequence=sequence + 1), partition=1)
        assert (after.ErrorCode, after.BaseOffset) == (0, sequence + 1)
        assert producer_id(wire) > mine, "no producer id is given twice"
        assert [one.producer_id for one in batches(wire.fetch("of-none", 0, partition=1).Records)] == [mine] * (sequence + 2)
        for codec in CODECS:
            write(node, f"of-{codec}", codec, COUNT + 20 * round, 20)
            commit(wire, f"of-{codec}", COUNT // 2 + round + 1)
        wire.create(f"made-in-round-{round}")
        for before in range(round):
            wire.usable(f"made-in-round-{before}")
        wire.call("IncrementalAlterConfigs", 1, Resources=[{"ResourceType": 2, "ResourceName": "of-gzip", "Configs": [
            {"Name": "min.cleanable.dirty.ratio", "ConfigOperation": 0, "Value": f"0.{round + 1}"}]}])
        eventually("changed", lambda: described(wire, "of-gzip")["min.cleanable.dirty.ratio"].Value == f"0.{round + 1}")


CHAINS = [("apus", "apache", "apus"), ("apache", "apus", "apache")] if SERVER == "apus" else [("apache", "apache", "apache")]


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: "-".join(chain))
def test_a_data_directory_goes_from_hand_to_hand(tmp_path, chain):
    nodes = [Node(tmp_path / f"{number}-{server}", server=server) for number, server in enumerate(chain)]
    try:
        nodes[0].start()
        left = fill(nodes[0])
        nodes[0].stop()
        for round, (before, node) in enumerate(zip(nodes, nodes[1:])):
            node.adopt(before).start()
            check(node, left, round)
            node.stop()
    except AssertionError as error:
        error.add_note("\n".join(f"---- {node.directory.name}\n{node.tail()}" for node in nodes))
        raise
    finally:
        for node in nodes:
            node.close()
