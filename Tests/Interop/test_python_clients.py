"""kafka-python and aiokafka: two clients that share no code with librdkafka."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

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
