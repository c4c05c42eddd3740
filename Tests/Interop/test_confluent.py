"""confluent-kafka (librdkafka): producing, consuming and administering from Python."""

import time

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition, KafkaError
from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

TEN = 15


@pytest.fixture
def admin(node):
    return AdminClient({"bootstrap.servers": node.bootstrap})


def settle(futures):
    return {key: future.result(TEN) for key, future in futures.items()}


def create(admin, topic, partitions=1, **config):
    settings = {key.replace("_", "."): value for key, value in config.items()}
    settle(admin.create_topics([NewTopic(topic, partitions, 1, config=settings)]))


def produce(node, topic, records, **config):
    """Produces records of (key, value, options) and gives the delivered messages in order."""
    producer = Producer({"bootstrap.servers": node.bootstrap, "linger.ms": 5, **config})
    delivered, errors = [], []

    def report(error, message):
        (errors if error else delivered).append(error or message)

    for key, value, options in records:
        producer.produce(topic, key=key, value=value, on_delivery=report, **options)
    assert producer.flush(30) == 0
    if errors:
        raise KafkaException(errors[0])
    return delivered


def consumer(node, group, **config):
    return Consumer(
        {
            "bootstrap.servers": node.bootstrap,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "check.crcs": True,
            "session.timeout.ms": 6000,
            **config,
        }
    )


def take(consumer, count, within=30):
    messages, deadline = [], time.monotonic() + within
    while len(messages) < count and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is not None:
            assert message.error() is None, message.error()
            messages.append(message)
    assert len(messages) == count
    return messages


def read(node, topic, count, **config):
    one = consumer(node, f"reader-of-{topic}", **config)
    one.assign([TopicPartition(topic, 0, 0)])
    try:
        return take(one, count)
    finally:
        one.close()


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_every_codec_with_every_acks(node, admin, topic, codec, acks):
    create(admin, topic)
    values = [f"{number} {'pack ' * 20}".encode() for number in range(300)]
    produce(node, topic, [(None, value, {}) for value in values], **{"compression.type": codec, "acks": acks})
    assert [message.value() for message in read(node, topic, 300)] == values


def test_headers_timestamps_nulls(node, admin, topic):
    create(admin, topic)
    headers = [("a", b"1"), ("a", None), ("b", b"")]
    produce(node, topic, [
        (None, None, {"timestamp": 1_600_000_000_000}),
        (b"", b"", {"timestamp": 1_600_000_000_001}),
        (b"k", None, {"headers": headers, "timestamp": 1_500_000_000_000}),
    ])
    seen = [(m.key(), m.value(), m.headers(), m.timestamp()[1]) for m in read(node, topic, 3)]
    assert seen == [
        (None, None, None, 1_600_000_000_000),
        (b"", b"", None, 1_600_000_000_001),
        (b"k", None, headers, 1_500_000_000_000),
    ]


def test_records_of_one_megabyte(node, admin, topic):
    create(admin, topic)
    values = [bytes([65 + number]) * 1_000_000 for number in range(5)]
    produce(node, topic, [(None, value, {}) for value in values], **{"message.max.bytes": 2_000_000})
    assert [m.value() for m in read(node, topic, 5, **{"fetch.message.max.bytes": 1000})] == values


def test_a_record_that_is_too_large_is_refused(node, admin, topic):
    create(admin, topic, max_message_bytes="10000")
    with pytest.raises(KafkaException) as refused:
        produce(node, topic, [(None, b"x" * 20000, {})])
    assert refused.value.args[0].code() == KafkaError.MSG_SIZE_TOO_LARGE


def test_offsets_by_time_and_list_offsets(node, admin, topic):
    create(admin, topic)
    produce(node, topic, [(None, b"v", {"timestamp": 1_600_000_000_000 + number * 1000}) for number in range(10)])
    one = consumer(node, f"times-{topic}")
    found = one.offsets_for_times([TopicPartition(topic, 0, 1_600_000_004_500)], timeout=TEN)
    assert found[0].offset == 5
    assert one.get_watermark_offsets(TopicPartition(topic, 0), timeout=TEN) == (0, 10)
    one.close()
    asked = {
        OffsetSpec.earliest(): 0,
        OffsetSpec.latest(): 10,
        OffsetSpec.max_timestamp(): 9,
        OffsetSpec.for_timestamp(1_600_000_002_000): 2,
    }
    for spec, offset in asked.items():
        answers = settle(admin.list_offsets({TopicPartition(topic, 0): spec}))
        assert [answer.offset for answer in answers.values()] == [offset]


def test_topics_are_created_described_grown_and_deleted(node, admin, topic):
    create(admin, topic, 3)
    assert len(admin.list_topics(topic, timeout=TEN).topics[topic].partitions) == 3
    with pytest.raises(KafkaException) as refused:
        create(admin, topic)
    assert refused.value.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS
    settle(admin.create_partitions([NewPartitions(topic, 5)]))
    assert len(admin.list_topics(topic, timeout=TEN).topics[topic].partitions) == 5
    with pytest.raises(KafkaException) as refused:
        settle(admin.create_partitions([NewPartitions(topic, 2)]))
    assert refused.value.args[0].code() == KafkaError.INVALID_PARTITIONS
    settle(admin.delete_topics([topic]))
    deadline = time.monotonic() + TEN
    while topic in admin.list_topics(timeout=TEN).topics and time.monotonic() < deadline:
        time.sleep(0.05)
    assert topic not in admin.list_topics(timeout=TEN).topics


@pytest.mark.parametrize("name", ["bad name", "a" * 250, ".."])
def test_a_bad_topic_name_is_refused(node, admin, name):
    with pytest.raises(KafkaException) as refused:
        create(admin, name)
    assert refused.value.args[0].code() == KafkaError.TOPIC_EXCEPTION


def test_configs_are_described_and_altered(node, admin, topic):
    create(admin, topic, retention_ms="1000000")

    def configs():
        return settle(admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)])).popitem()[1]

    assert configs()["retention.ms"].value == "1000000"
    assert configs()["retention.ms"].source == 1
    assert configs()["cleanup.policy"].source == 5
    change = [
        ConfigEntry("retention.ms", "2000000", incremental_operation=AlterConfigOpType.SET),
        ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.APPEND),
    ]
    settle(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=change)]))
    assert configs()["retention.ms"].value == "2000000"
    assert set(configs()["cleanup.policy"].value.split(",")) == {"delete", "compact"}
    change = [ConfigEntry("retention.ms", None, incremental_operation=AlterConfigOpType.DELETE)]
    settle(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=change)]))
    assert configs()["retention.ms"].value == "604800000"
    change = [ConfigEntry("retention.ms", "soon", incremental_operation=AlterConfigOpType.SET)]
    with pytest.raises(KafkaException) as refused:
        settle(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=change)]))
    assert refused.value.args[0].code() == KafkaError.INVALID_CONFIG


def test_records_are_deleted(node, admin, topic):
    create(admin, topic)
    produce(node, topic, [(None, b"v", {})] * 10)
    settle(admin.delete_records([TopicPartition(topic, 0, 4)]))
    one = consumer(node, f"deleted-{topic}")
    assert one.get_watermark_offsets(TopicPartition(topic, 0), timeout=TEN) == (4, 10)
    one.close()


def test_the_cluster_is_described(node, admin):
    cluster = admin.describe_cluster().result(TEN)
    assert [f"{one.host}:{one.port}" for one in cluster.nodes] == [node.bootstrap]
    assert cluster.controller.id == cluster.nodes[0].id


def test_a_group_commits_and_goes_on(node, admin, topic):
    create(admin, topic)
    produce(node, topic, [(None, str(number).encode(), {}) for number in range(10)])
    group = f"group-of-{topic}"
    one = consumer(node, group)
    one.subscribe([topic])
    take(one, 10)
    one.commit(offsets=[TopicPartition(topic, 0, 6, metadata="here")], asynchronous=False)
    described = settle(admin.describe_consumer_groups([group]))[group]
    assert described.state.name == "STABLE" and len(described.members) == 1
    one.close()
    two = consumer(node, group)
    two.subscribe([topic])
    assert [m.value() for m in take(two, 4)] == [b"6", b"7", b"8", b"9"]
    two.close()
    listed = admin.list_consumer_groups().result(TEN).valid
    assert group in [one.group_id for one in listed]
    offsets = settle(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))[group]
    assert [(p.topic, p.offset) for p in offsets.topic_partitions] == [(topic, 6)]
    settle(admin.delete_consumer_groups([group]))
    assert group not in [one.group_id for one in admin.list_consumer_groups().result(TEN).valid]


def test_two_members_share_and_take_over(node, admin, topic):
    create(admin, topic, 4)
    group = f"group-of-{topic}"
    one, two = consumer(node, group), consumer(node, group)

    def until(condition, what):
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, what
            one.poll(0.1)
            if two is not None:
                two.poll(0.1)

    one.subscribe([topic])
    two.subscribe([topic])
    until(lambda: len(one.assignment()) == len(two.assignment()) == 2, "two members have two partitions each")
    leaving, two = two, None
    leaving.close()
    until(lambda: len(one.assignment()) == 4, "the one that stayed has all")
    one.close()


def test_idempotent_producer_writes_once_and_in_order(node, admin, topic):
    create(admin, topic)
    values = [str(number).encode() for number in range(5000)]
    produce(node, topic, [(None, value, {}) for value in values],
            **{"enable.idempotence": True, "batch.num.messages": 37})
    assert [m.value() for m in read(node, topic, 5000)] == values
