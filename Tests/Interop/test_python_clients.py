"""kafka-python and aiokafka: two clients that share no code with librdkafka."""

import asyncio
import threading

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka import TopicPartition as AIOPartition
from aiokafka.errors import MessageSizeTooLargeError as AIOMessageSizeTooLargeError
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import MessageSizeTooLargeError, TopicAlreadyExistsError

from test_traps_admin import eventually

CODECS = [None, "gzip", "snappy", "lz4", "zstd"]
HEADERS = [("a", b"1"), ("a", b""), ("b", b"\x00\xff")]


@pytest.mark.parametrize("codec", CODECS)
def test_kafka_python_produces_and_consumes(node, topic, codec):
    producer = KafkaProducer(bootstrap_servers=node.bootstrap, acks="all", compression_type=codec, linger_ms=5)
    sent = [producer.send(topic, key=b"k", value=b"value %d" % number, headers=HEADERS,
                          timestamp_ms=1_600_000_000_000 + number) for number in range(200)]
    producer.flush(30)
    assert [one.get(10).offset for one in sent] == list(range(200))
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=node.bootstrap, consumer_timeout_ms=15000, check_crcs=True)
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    assert consumer.offsets_for_times({partition: 1_600_000_000_050})[partition].offset == 50
    consumer.seek(partition, 100)
    seen = [next(consumer) for _ in range(100)]
    consumer.close()
    assert [(m.offset, m.value, m.timestamp) for m in seen] == [
        (number, b"value %d" % number, 1_600_000_000_000 + number) for number in range(100, 200)]
    assert list(seen[0].headers) == HEADERS and seen[0].key == b"k"


def test_kafka_python_group_commits_and_goes_on(node, topic):
    producer = KafkaProducer(bootstrap_servers=node.bootstrap)
    for number in range(20):
        producer.send(topic, b"%d" % number)
    producer.flush(30)
    producer.close()

    def member():
        return KafkaConsumer(topic, bootstrap_servers=node.bootstrap, group_id=f"group-of-{topic}",
                             auto_offset_reset="earliest", enable_auto_commit=False, consumer_timeout_ms=20000)

    one = member()
    assert [next(one).value for _ in range(10)] == [b"%d" % number for number in range(10)]
    one.commit()
    one.close()
    two = member()
    assert [next(two).value for _ in range(10)] == [b"%d" % number for number in range(10, 20)]
    two.close()


@pytest.mark.parametrize("codec", CODECS)
def test_aiokafka_produces_and_a_group_consumes(node, topic, codec):
    async def work():
        producer = AIOKafkaProducer(bootstrap_servers=node.bootstrap, compression_type=codec, enable_idempotence=True)
        await producer.start()
        for number in range(200):
            await producer.send(topic, b"value %d" % number, headers=HEADERS)
        await producer.flush()
        await producer.stop()
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=node.bootstrap, group_id=f"group-of-{topic}",
                                    auto_offset_reset="earliest", enable_auto_commit=False)
        await consumer.start()
        seen = [await asyncio.wait_for(consumer.getone(), 20) for _ in range(200)]
        await consumer.commit()
        committed = [await consumer.committed(one) for one in consumer.assignment()]
        await consumer.stop()
        assert [m.value for m in seen] == [b"value %d" % number for number in range(200)]
        assert list(seen[0].headers) == HEADERS
        assert committed == [200]

    asyncio.run(work())


@pytest.mark.parametrize("acks", [0, 1, "all"])
def test_kafka_python_with_every_acks(node, wire, topic, acks):
    wire.create(topic)
    producer = KafkaProducer(bootstrap_servers=node.bootstrap, acks=acks, enable_idempotence=False)
    for number in range(50):
        producer.send(topic, b"%d" % number)
    producer.flush(30)
    producer.close()
    assert kafka_python_reads(node, topic, 50) == [(None, b"%d" % number) for number in range(50)]


def kafka_python_reads(node, topic, count, **settings):
    consumer = KafkaConsumer(bootstrap_servers=node.bootstrap, consumer_timeout_ms=20000, **settings)
    consumer.assign([TopicPartition(topic, 0)])
    consumer.seek_to_beginning()
    found = [next(consumer) for _ in range(count)]
    consumer.close()
    return [(m.key, m.value) for m in found]


def test_kafka_python_nulls_and_large_records(node, wire, topic):
    wire.create(topic)
    large = b"x" * 1_000_000
    producer = KafkaProducer(bootstrap_servers=node.bootstrap, max_request_size=3_000_000)
    records = [(None, b"v"), (b"k", None), (b"", b""), (b"k", large)]
    for key, value in records:
        producer.send(topic, key=key, value=value).get(20)
    with pytest.raises(MessageSizeTooLargeError):
        producer.send(topic, b"x" * 2_000_000).get(20)
    producer.close()
    assert kafka_python_reads(node, topic, 4, max_partition_fetch_bytes=1000) == records


def test_kafka_python_administers(node, topic):
    admin = KafkaAdminClient(bootstrap_servers=node.bootstrap)
    admin.create_topics({topic: {"num_partitions": 2, "replication_factor": 1}})
    eventually("created", lambda: topic in admin.list_topics())
    with pytest.raises(TopicAlreadyExistsError):
        admin.create_topics({topic: {"num_partitions": 2, "replication_factor": 1}}, raise_errors=True)
    admin.create_partitions({topic: 4})
    eventually("grown", lambda: len(admin.describe_topics([topic])[0]["partitions"]) == 4)
    admin.delete_topics([topic])
    eventually("deleted", lambda: topic not in admin.list_topics())
    admin.close()


class Member(threading.Thread):
    """A member of a group that polls until it is told to leave.

    Its polls are long on purpose. kafka-python 3.0.12 forgets a rebalance when two things meet: its leader rejoined
    because the topic's partitions became known only after the first assignment, and the poll that drives this ends
    between that assignment and the answer to SyncGroup. The next poll then sees no reason to join, and the member
    stays without partitions and heartbeats, whatever broker it talks to.
    """

    def __init__(self, node, topic):
        super().__init__(daemon=True)
        self.consumer = KafkaConsumer(topic, bootstrap_servers=node.bootstrap, group_id=f"group-of-{topic}",
                                      auto_offset_reset="earliest", heartbeat_interval_ms=500)
        self.leaving = threading.Event()
        self.start()

    @property
    def count(self):
        return len(self.consumer.assignment())

    def run(self):
        while not self.leaving.is_set():
            self.consumer.poll(timeout_ms=4000)
        self.consumer.close()

    def leave(self):
        self.leaving.set()
        self.join(30)


def test_kafka_python_members_share_and_take_over(node, wire, topic):
    wire.create(topic, 4)
    one, two = Member(node, topic), Member(node, topic)
    eventually("two and two", lambda: (one.count, two.count) == (2, 2))
    two.leave()
    eventually("all four", lambda: one.count == 4)
    one.leave()


@pytest.mark.parametrize("acks", [0, 1, "all"])
def test_aiokafka_acks_nulls_times_and_large_records(node, wire, topic, acks):
    wire.create(topic)
    large = b"x" * 1_000_000
    records = [(None, b"v"), (b"k", None), (b"", b""), (b"k", large)]

    async def work():
        producer = AIOKafkaProducer(bootstrap_servers=node.bootstrap, acks=acks, max_request_size=3_000_000)
        await producer.start()
        for number, (key, value) in enumerate(records):
            await producer.send_and_wait(topic, value, key=key, timestamp_ms=1_600_000_000_000 + number)
        if acks != 0:
            with pytest.raises(AIOMessageSizeTooLargeError):
                await producer.send_and_wait(topic, b"x" * 2_000_000)
        await producer.stop()
        consumer = AIOKafkaConsumer(bootstrap_servers=node.bootstrap, auto_offset_reset="earliest",
                                    max_partition_fetch_bytes=1000)
        await consumer.start()
        partition = AIOPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek(partition, 1)
        seen = [await asyncio.wait_for(consumer.getone(), 20) for _ in range(3)]
        assert [(m.key, m.value) for m in seen] == records[1:]
        found = await consumer.offsets_for_times({partition: 1_600_000_000_002})
        assert found[partition].offset == 2
        assert (await consumer.beginning_offsets([partition]), await consumer.end_offsets([partition])) == (
            {partition: 0}, {partition: 4})
        await consumer.stop()

    asyncio.run(work())


def test_aiokafka_members_share_and_take_over(node, wire, topic):
    wire.create(topic, 4)

    async def work():
        members = [AIOKafkaConsumer(topic, bootstrap_servers=node.bootstrap, group_id=f"group-of-{topic}",
                                    session_timeout_ms=6000, metadata_max_age_ms=1000) for _ in range(2)]
        for one in members:
            await one.start()

        async def until(*wanted):
            for _ in range(600):
                if sorted(len(one.assignment()) for one in members) == sorted(wanted):
                    return
                await asyncio.sleep(0.1)
            raise AssertionError(f"{[one.assignment() for one in members]} instead of {wanted}")

        await until(2, 2)
        await members.pop().stop()
        await until(4)
        await members[0].stop()

    asyncio.run(work())
