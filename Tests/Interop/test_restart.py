"""What was acknowledged outlives the process, however it ends."""

import os
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from node import SERVER
from test_confluent import consumer, create, produce, take

# Apache Kafka takes some seconds to start, and is here to prove the test, not itself.
ROUNDS = int(os.environ.get("APUS_INTEROP_KILL_ROUNDS", "3" if SERVER == "apache" else "20"))


def test_topics_records_and_committed_offsets_outlive_a_restart(make_node, topic):
    node = make_node().start()
    create(AdminClient({"bootstrap.servers": node.bootstrap}), topic, 1, retention_ms="900000000")
    produce(node, topic, [(None, str(number).encode(), {}) for number in range(100)])
    one = consumer(node, "group")
    one.subscribe([topic])
    take(one, 100)
    one.commit(offsets=[TopicPartition(topic, 0, 40)], asynchronous=False)
    one.close()
    node.restart()
    two = consumer(node, "group")
    two.subscribe([topic])
    assert [int(m.value()) for m in take(two, 60)] == list(range(40, 100))
    two.close()


def test_a_consumer_group_lives_through_a_restart(make_node, topic):
    node = make_node().start()
    create(AdminClient({"bootstrap.servers": node.bootstrap}), topic)
    produce(node, topic, [(None, b"before", {})])
    one = Consumer({"bootstrap.servers": node.bootstrap, "group.id": "group", "auto.offset.reset": "earliest",
                    "reconnect.backoff.max.ms": 500})
    one.subscribe([topic])
    take(one, 1)
    node.restart()
    produce(node, topic, [(None, b"after", {})])
    deadline, seen = time.monotonic() + 40, []
    while b"after" not in seen and time.monotonic() < deadline:
        message = one.poll(0.2)
        if message is not None and message.error() is None:
            seen.append(message.value())
    one.close()
    assert b"after" in seen


@pytest.mark.timeout(400)
def test_kill_9_under_an_idempotent_producer_loses_and_repeats_nothing(make_node, topic):
    node = make_node(log_segment_bytes=1048576).start()
    create(AdminClient({"bootstrap.servers": node.bootstrap}), topic)
    # One producer over all rounds: its retries have to be recognised by a node that was killed in between.
    producer = Producer({"bootstrap.servers": node.bootstrap, "acks": "all", "enable.idempotence": True,
                         "batch.num.messages": 50, "linger.ms": 1, "message.timeout.ms": 120000,
                         "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200, "retry.backoff.ms": 20})
    acknowledged, errors, number = [], [], 0

    def report(error, message):
        (errors if error else acknowledged).append(error or (int(message.value()[:12]), message.offset()))

    for _ in range(ROUNDS):
        before = len(acknowledged)
        deadline = time.monotonic() + 30
        while len(acknowledged) < before + 500 and time.monotonic() < deadline:
            # Retries wait for up to a second, and what is not sent yet stays from round to round: librdkafka's queue ends.
            for _ in range(100 if len(producer) < 20_000 else 0):
                producer.produce(topic, f"{number:012}".encode() + b"x" * 200, on_delivery=report)
                number += 1
            producer.poll(0.005)
        assert len(acknowledged) >= before + 500, "the node takes records in every round"
        node.kill()
        node.start()
    assert producer.flush(90) == 0
    assert not errors, errors[:3]

    reader = consumer(node, "reader")
    reader.assign([TopicPartition(topic, 0, 0)])
    messages = take(reader, number, within=60)
    low, high = reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=15)
    reader.close()
    assert (low, high) == (0, number), "nothing is there twice"
    assert [int(m.value()[:12]) for m in messages] == list(range(number)), "in order"
    there = {m.offset(): int(m.value()[:12]) for m in messages}
    # Offset -1 or -1001 is librdkafka's word for a duplicate whose offset it was not told.
    assert all(there[offset] == value for value, offset in acknowledged if offset >= 0)
