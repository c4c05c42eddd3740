"""Traps about Produce and idempotent producers; the numbers are those of our list of traps."""

import gzip
import time

import cramjam
import lz4.frame
import pytest
import zstandard

from wire import Wire, batch, batches

HOUR = 3_600_000
PACKERS = {
    "none": (0, lambda data: data),
    "gzip": (1, gzip.compress),
    "snappy": (2, lambda data: bytes(cramjam.snappy.compress_raw(data))),
    "lz4": (3, lz4.frame.compress),
    "zstd": (4, zstandard.compress),
}


def now():
    return int(time.time() * 1000)


def init(wire, version):
    """A node that has no block of ids yet says COORDINATOR_LOAD_IN_PROGRESS, and clients ask again."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = wire.call("InitProducerId", version, TransactionalId=None, TransactionTimeoutMs=60000)
        if answer.ErrorCode != 14:
            break
        time.sleep(0.02)
    return answer


def producer_id(wire):
    answer = init(wire, 4)
    assert answer.ErrorCode == 0
    return answer.ProducerId


@pytest.mark.parametrize("version", range(0, 6))
def test_07_a_producer_id_without_a_transaction(wire, version):
    first, second = init(wire, version), init(wire, version)
    assert (first.ErrorCode, first.ProducerEpoch) == (0, 0) and first.ProducerId >= 0
    assert second.ErrorCode == 0 and second.ProducerId != first.ProducerId


@pytest.mark.parametrize("codec", PACKERS)
def test_22_and_23_log_append_time_is_told_and_written(wire, topic, codec):
    attributes, pack = PACKERS[codec]
    wire.create(topic, message_timestamp_type="LogAppendTime")
    before = now()
    data = batch([b"one", b"two"], timestamps=[1000, 2000], attributes=attributes, pack=pack)
    answer = wire.produce(topic, data)
    assert answer.ErrorCode == 0 and before <= answer.LogAppendTimeMs <= now()
    # `batches` compares the CRC, which covers what was changed.
    [stored] = batches(wire.fetch(topic, 0).Records)
    assert stored.max_timestamp == answer.LogAppendTimeMs
    assert stored.attributes == attributes | 8, "marked as append time, the codec kept"


def test_22_create_time_is_answered_with_minus_one(wire, topic):
    wire.create(topic)
    assert wire.produce(topic, batch(timestamps=[123456])).LogAppendTimeMs == -1
    assert batches(wire.fetch(topic, 0).Records)[0].max_timestamp == 123456


def test_25_a_record_from_the_future_is_refused_and_named(wire, topic):
    wire.create(topic)
    times = [now(), now() + 2 * HOUR, now()]
    answer = wire.produce(topic, batch([b"a", b"b", b"c"], timestamps=times))
    assert answer.ErrorCode == 32 and answer.BaseOffset == -1
    assert [one.BatchIndex for one in answer.RecordErrors] == [1]
    assert wire.produce(topic, batch(timestamps=times[1:2]), version=7).ErrorCode == 32
    assert wire.end(topic) == 0, "nothing of the batch is stored"
    assert wire.produce(topic, batch(timestamps=[0])).ErrorCode == 0, "the past has no limit by default"


def test_25_the_limits_of_timestamps_are_the_topics(wire, topic):
    wire.create(topic, message_timestamp_before_max_ms=HOUR, message_timestamp_after_max_ms=3 * HOUR)
    assert wire.produce(topic, batch(timestamps=[now() + 2 * HOUR])).ErrorCode == 0
    assert wire.produce(topic, batch(timestamps=[now() - 2 * HOUR])).ErrorCode == 32


def test_25_append_time_has_no_limits(wire, topic):
    wire.create(topic, message_timestamp_type="LogAppendTime")
    assert wire.produce(topic, batch(timestamps=[now() + 50 * HOUR])).ErrorCode == 0


BAD = {
    "no batch": (b"", 87),
    "two batches": (batch() + batch(), 87),
    "a wrong CRC": (batch(crc=1), 2),
    "a base offset": (batch(base_offset=7), 87),
    "more records counted than the last offset says": (batch(count=2), 87),
    "a last offset beyond the records": (batch(last_delta=1), 87),
    "no records": (batch(count=0), 87),
    "a control batch": (batch(attributes=0x20), 87),
    "a record that is cut short": (batch([b"a" * 40], cut=9), 87),
    "a batch that ends early": (batch()[:-3], 87),
    "a length below the header": (batch(size=20), 2),
    "a transactional batch without a transactional id": (batch(attributes=0x10), 53),
}


@pytest.mark.parametrize("what", BAD)
def test_26_a_batch_of_bad_shape_is_refused(wire, topic, what):
    data, error = BAD[what]
    wire.create(topic)
    assert wire.produce(topic, data).ErrorCode == error
    assert wire.end(topic) == 0
    assert wire.produce(topic, batch()).BaseOffset == 0, "the connection and the partition go on"


def test_26_a_batch_that_is_too_large_is_refused(wire, topic):
    wire.create(topic, max_message_bytes=1000)
    assert wire.produce(topic, batch([b"x" * 1000])).ErrorCode == 10
    assert wire.end(topic) == 0


def test_26_records_that_do_not_unpack_are_refused(wire, topic):
    wire.create(topic, compression_type="lz4")
    assert wire.produce(topic, batch(attributes=1)).ErrorCode in (-1, 2, 87)
    assert wire.end(topic) == 0


def test_26_bytes_behind_the_batch_are_not_stored(wire, topic):
    wire.create(topic)
    one = batch()
    assert wire.produce(topic, one + b"\0" * 10).ErrorCode == 0
    assert wire.produce(topic, batch()).BaseOffset == 1
    assert len(wire.fetch(topic, 0).Records) == 2 * len(one)


def test_28_a_retry_of_one_of_the_last_five_batches_is_a_success(wire, topic):
    wire.create(topic)
    mine = producer_id(wire)

    def send(sequence):
        return wire.produce(topic, batch(producer_id=mine, epoch=0, sequence=sequence))

    assert [send(sequence).BaseOffset for sequence in range(6)] == list(range(6))
    for sequence in (5, 1, 3, 2, 4):
        answer = send(sequence)
        assert (answer.ErrorCode, answer.BaseOffset) == (0, sequence), "29: the offset of the first append"
    assert send(0).ErrorCode in (45, 46), "older than the window"
    assert send(9).ErrorCode == 45, "a gap"
    assert wire.end(topic) == 6


def test_28_a_retry_has_to_have_the_same_bounds(wire, topic):
    wire.create(topic)
    mine = producer_id(wire)
    assert wire.produce(topic, batch([b"a", b"b"], producer_id=mine, epoch=0, sequence=0)).ErrorCode == 0
    assert wire.produce(topic, batch([b"a"], producer_id=mine, epoch=0, sequence=0)).ErrorCode in (45, 46)
    assert wire.produce(topic, batch([b"a"], producer_id=mine, epoch=0, sequence=1)).ErrorCode in (45, 46)
    assert wire.end(topic) == 2


def test_28_sequences_wrap_around(wire, topic):
    wire.create(topic)
    mine, last = producer_id(wire), (1 << 31) - 1
    # A producer that is not known yet may begin anywhere.
    for number, sequence in enumerate((last - 1, last, 0, 1)):
        answer = wire.produce(topic, batch(producer_id=mine, epoch=0, sequence=sequence))
        assert (answer.ErrorCode, answer.BaseOffset) == (0, number)


@pytest.mark.parametrize("clean", [True, False])
def test_29_the_last_batch_is_known_after_a_restart(make_node, topic, clean):
    node = make_node().start()
    with Wire(node) as wire:
        wire.create(topic)
        mine = producer_id(wire)
        data = [batch([b"v"] * 3, producer_id=mine, epoch=0, sequence=3 * number) for number in range(3)]
        assert [wire.produce(topic, one).BaseOffset for one in data] == [0, 3, 6]
    if clean:
        node.stop()
    else:
        node.kill()
    node.start()
    with Wire(node) as wire:
        wire.usable(topic)
        # Of the five batches that a running node knows, a snapshot of producers has the last.
        answer = wire.produce(topic, data[2])
        assert (answer.ErrorCode, answer.BaseOffset) == (0, 6)
        assert wire.end(topic) == 9
        assert wire.produce(topic, batch(producer_id=mine, epoch=0, sequence=9)).BaseOffset == 9


def test_29_a_duplicate_is_known_when_its_records_are_deleted(wire, topic):
    wire.create(topic)
    mine = producer_id(wire)
    data = batch([b"v"] * 4, producer_id=mine, epoch=0, sequence=0)
    assert wire.produce(topic, data).BaseOffset == 0
    deleted = wire.call("DeleteRecords", 2, TimeoutMs=15000, Topics=[
        {"Name": topic, "Partitions": [{"PartitionIndex": 0, "Offset": 4}]}])
    assert deleted.Topics[0].Partitions[0].LowWatermark == 4
    answer = wire.produce(topic, data)
    assert (answer.ErrorCode, answer.BaseOffset) == (0, 0) and wire.end(topic) == 4


def test_31_a_forgotten_producer_goes_on_where_it_was(make_node, topic):
    settings = {"producer_id_expiration_ms": 300, "producer_id_expiration_check_interval_ms": 100}
    node = make_node(**settings).start()
    with Wire(node) as wire:
        wire.create(topic)
        mine = producer_id(wire)
        for sequence in range(3):
            assert wire.produce(topic, batch(producer_id=mine, epoch=0, sequence=sequence)).ErrorCode == 0
        deadline = time.monotonic() + 60
        while wire.call("DescribeProducers", 0, Topics=[{"Name": topic, "PartitionIndexes": [0]}]
                        ).Topics[0].Partitions[0].ActiveProducers:
            assert time.monotonic() < deadline, "the producer is never forgotten"
            time.sleep(0.1)
        answer = wire.produce(topic, batch(producer_id=mine, epoch=0, sequence=3))
        assert (answer.ErrorCode, answer.BaseOffset) == (0, 3)


def test_32_sequences_count_within_an_epoch(wire, topic):
    wire.create(topic)
    mine = producer_id(wire)

    def send(epoch, sequence):
        answer = wire.produce(topic, batch(producer_id=mine, epoch=epoch, sequence=sequence))
        return answer.ErrorCode, answer.BaseOffset

    assert send(0, 0) == (0, 0)
    assert send(1, 5) == (45, -1), "a new epoch starts at 0"
    assert send(1, 0) == (0, 1), "no duplicate of the batch of epoch 0"
    assert send(0, 1)[0] == 47, "the old epoch is fenced"
    assert wire.end(topic) == 2


def test_34_zstd_needs_produce_7(wire, topic):
    wire.create(topic)
    attributes, pack = PACKERS["zstd"]
    data = batch(attributes=attributes, pack=pack)
    assert wire.produce(topic, data, version=6).ErrorCode == 76
    assert wire.end(topic) == 0
    assert wire.produce(topic, data, version=7).ErrorCode == 0


@pytest.mark.parametrize("setting", ["producer", "zstd"])
def test_34_an_old_fetch_of_zstd(wire, topic, setting):
    wire.create(topic, compression_type=setting)
    attributes, pack = PACKERS["zstd"]
    assert wire.produce(topic, batch(attributes=attributes, pack=pack)).ErrorCode == 0
    assert len(batches(wire.fetch(topic, 0, version=12).Records)) == 1
    old = wire.fetch(topic, 0, version=4)
    if setting == "producer":
        assert old.ErrorCode == 0 and len(batches(old.Records)) == 1
    else:
        assert old.ErrorCode in (0, 76) and old.Records is not None


@pytest.mark.parametrize("acks", [2, -2, 1000])
def test_35_other_acks_are_refused(wire, topic, acks):
    wire.create(topic, 2)
    answer = wire.call("Produce", 9, Acks=acks, TimeoutMs=1000, TopicData=[{"Name": topic, "PartitionData": [
        {"Index": index, "Records": batch()} for index in (0, 1)]}])
    assert sorted((one.Index, one.ErrorCode) for one in answer.Responses[0].PartitionResponses) == [(0, 21), (1, 21)]
    assert wire.end(topic) == 0


def test_35_acks_0_has_no_answer_at_all(wire, topic):
    wire.create(topic)
    wire.request("Produce", 9, Acks=0, TimeoutMs=1000, TopicData=[
        {"Name": topic, "PartitionData": [{"Index": 0, "Records": batch()}]}])
    # The next answer that comes is that of the next request.
    after = wire.request("ListOffsets", 7, ReplicaId=-1, Topics=[
        {"Name": topic, "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}])
    assert wire.answer("ListOffsets", 7, after).Topics[0].Partitions[0].Offset == 1


def test_35_acks_0_to_a_missing_topic_closes(wire):
    wire.request("Produce", 9, Acks=0, TimeoutMs=1000, TopicData=[
        {"Name": "not-there", "PartitionData": [{"Index": 0, "Records": batch()}]}])
    assert wire.closed()


def test_produce_lists_every_partition_that_was_asked(wire, topic):
    wire.create(topic, 2)
    answer = wire.call("Produce", 9, Acks=-1, TimeoutMs=1000, TopicData=[
        {"Name": topic, "PartitionData": [{"Index": index, "Records": batch()} for index in (0, 1, 7)]},
        {"Name": "not-there", "PartitionData": [{"Index": 0, "Records": batch()}]}])
    errors = {(one.Name, part.Index): part.ErrorCode for one in answer.Responses for part in one.PartitionResponses}
    assert errors == {(topic, 0): 0, (topic, 1): 0, (topic, 7): 3, ("not-there", 0): 3}


def test_produce_by_topic_id(wire, topic):
    wire.create(topic)
    assert wire.produce(topic, batch(), version=13).ErrorCode == 0
    wire.ids["gone"] = type(wire.ids[topic])(int=12345)
    assert wire.produce("gone", batch(), version=13).ErrorCode == 100
