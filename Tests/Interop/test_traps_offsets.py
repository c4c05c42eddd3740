"""Traps about ListOffsets and leader epochs; the numbers are those of our list of traps."""

import time

import pytest

from wire import Wire, batch, batches

HOUR = 3_600_000
LATEST, EARLIEST, MAX_TIMESTAMP, EARLIEST_LOCAL, LATEST_TIERED, EARLIEST_PENDING_UPLOAD = -1, -2, -3, -4, -5, -6


@pytest.mark.parametrize("version", range(1, 12))
def test_56_no_record_at_the_asked_time(wire, topic, version):
    wire.create(topic)

    def nothing(timestamp):
        found = wire.offset(topic, timestamp, version=version)
        return (found.ErrorCode, found.Offset, found.Timestamp, found.get("LeaderEpoch", -1)) == (0, -1, -1, -1)

    assert nothing(1000), "an empty topic"
    wire.produce(topic, batch([b"v"] * 3, timestamps=[1000, 2000, 3000]))
    assert nothing(3001), "a time ahead of all records"
    found = wire.offset(topic, 1500, version=version)
    assert (found.ErrorCode, found.Offset, found.Timestamp) == (0, 1, 2000)
    wire.call("DeleteRecords", 2, TimeoutMs=15000, Topics=[
        {"Name": topic, "Partitions": [{"PartitionIndex": 0, "Offset": 3}]}])
    assert nothing(1500), "all records are deleted"


def test_56_offsets_for_times_are_none_in_a_client(node, wire, topic):
    from kafka import KafkaConsumer, TopicPartition

    wire.create(topic)
    consumer = KafkaConsumer(bootstrap_servers=node.bootstrap)
    assert consumer.offsets_for_times({TopicPartition(topic, 0): 1000}) == {TopicPartition(topic, 0): None}
    consumer.close()


SPECIAL = {  # timestamp: (first version that has it, offset and timestamp of the answer)
    LATEST: (1, 5, -1),
    EARLIEST: (1, 2, -1),
    MAX_TIMESTAMP: (7, 3, 9000),
    EARLIEST_LOCAL: (8, 2, -1),
    LATEST_TIERED: (9, -1, -1),
    EARLIEST_PENDING_UPLOAD: (11, -1, -1),
}


@pytest.mark.parametrize("special", SPECIAL)
def test_special_timestamps_in_every_version(wire, topic, special):
    first, offset, timestamp = SPECIAL[special]
    wire.create(topic)
    wire.produce(topic, batch([b"v"] * 5, timestamps=[1000, 2000, 3000, 9000, 4000]))
    wire.call("DeleteRecords", 2, TimeoutMs=15000, Topics=[
        {"Name": topic, "Partitions": [{"PartitionIndex": 0, "Offset": 2}]}])
    for version in range(1, 12):
        found = wire.offset(topic, special, version=version)
        if version < first:
            assert (found.ErrorCode, found.Offset, found.Timestamp) == (35, -1, -1), version
        else:
            assert (found.ErrorCode, found.Offset, found.Timestamp) == (0, offset, timestamp), version


def test_58_a_time_in_a_batch_of_append_time_is_its_first_record(wire, topic):
    wire.create(topic, message_timestamp_type="LogAppendTime")
    base = int(time.time() * 1000) - 10 * HOUR
    appended = wire.produce(topic, batch([b"v"] * 5, timestamps=[base + number * HOUR for number in range(5)]))
    for asked in (appended.LogAppendTimeMs, 1000):
        found = wire.offset(topic, asked)
        assert (found.Offset, found.Timestamp) == (0, appended.LogAppendTimeMs)
    assert wire.offset(topic, MAX_TIMESTAMP).Timestamp == appended.LogAppendTimeMs
    assert wire.offset(topic, appended.LogAppendTimeMs + 1).Offset == -1


def test_59_both_isolation_levels_see_what_no_transaction_hides(wire, topic):
    wire.create(topic)
    wire.produce(topic, batch([b"v"] * 4, timestamps=[1000, 2000, 3000, 4000]))
    for isolation in (0, 1):
        assert wire.offset(topic, LATEST, isolation=isolation).Offset == 4
        assert wire.offset(topic, 2500, isolation=isolation).Offset == 2


def test_a_leader_epoch_that_is_not_ours_is_named(wire, topic):
    wire.create(topic)
    epoch = wire.offset(topic).LeaderEpoch

    def with_epoch(value):
        answer = wire.call("ListOffsets", 7, ReplicaId=-1, Topics=[
            {"Name": topic, "Partitions": [{"PartitionIndex": 0, "Timestamp": LATEST, "CurrentLeaderEpoch": value}]}])
        return answer.Topics[0].Partitions[0].ErrorCode

    assert (with_epoch(epoch), with_epoch(-1), with_epoch(epoch + 1)) == (0, 0, 75)


def test_the_same_partition_twice_and_missing_ones(wire, topic):
    wire.create(topic)
    answer = wire.call("ListOffsets", 7, ReplicaId=-1, Topics=[
        {"Name": topic, "Partitions": [{"PartitionIndex": index, "Timestamp": LATEST} for index in (0, 5)]},
        {"Name": "not-there", "Partitions": [{"PartitionIndex": 0, "Timestamp": LATEST}]}])
    errors = {(one.Name, part.PartitionIndex): part.ErrorCode for one in answer.Topics for part in one.Partitions}
    assert errors == {(topic, 0): 0, (topic, 5): 3, ("not-there", 0): 3}


def ends(wire, topic, epoch, version=4, current=-1):
    answer = wire.call("OffsetForLeaderEpoch", version, ReplicaId=-1, Topics=[{"Topic": topic, "Partitions": [
        {"Partition": 0, "LeaderEpoch": epoch, "CurrentLeaderEpoch": current}]}]) if version > 2 else wire.call(
            "OffsetForLeaderEpoch", version, Topics=[{"Topic": topic, "Partitions": [
                {"Partition": 0, "LeaderEpoch": epoch, "CurrentLeaderEpoch": current}]}])
    part = answer.Topics[0].Partitions[0]
    return part.ErrorCode, part.LeaderEpoch, part.EndOffset


def test_61_and_62_leader_epochs_end_where_the_next_begins(make_node, topic):
    """Each restart makes a new leader epoch; the epochs that stand in the batches are the table to compare with."""
    node = make_node().start()
    with Wire(node) as wire:
        wire.create(topic)
    for _ in range(3):
        with Wire(node) as wire:
            wire.usable(topic)
            assert [wire.produce(topic, batch([b"v"] * 2)).ErrorCode for _ in range(2)] == [0, 0]
        node.restart()
    with Wire(node) as wire:
        wire.usable(topic)
        stored = batches(wire.fetch(topic, 0).Records)
        starts = {}
        for one in stored:
            starts.setdefault(one.leader_epoch, one.base_offset)
        known = sorted(starts)
        assert len(known) == 3 and known == sorted(set(known)), "every restart is a new epoch"
        current = wire.offset(topic).LeaderEpoch
        assert current >= known[-1]
        for version in (2, 3, 4):
            for number, epoch in enumerate(known[:-1]):
                assert ends(wire, topic, epoch, version) == (0, epoch, starts[known[number + 1]])
            assert ends(wire, topic, known[-1], version)[::2] == (0, 12)
            assert ends(wire, topic, current + 1, version) == (0, -1, -1), "the future"
            assert ends(wire, topic, -1, version) == (0, -1, -1)
        # The epoch in which the topic was made may be older than the first that has records.
        if known[0] > 0:
            assert ends(wire, topic, known[0] - 1)[0] == 0
        assert ends(wire, topic, known[0], current=current + 1)[0] == 75
        assert ends(wire, topic, known[0], current=current - 1)[0] == 74
        assert ends(wire, "not-there", 0)[0] == 3

        # What is older than all that is kept is answered with the start of what is kept.
        wire.call("DeleteRecords", 2, TimeoutMs=15000, Topics=[
            {"Name": topic, "Partitions": [{"PartitionIndex": 0, "Offset": starts[known[1]] + 1}]}])
        assert ends(wire, topic, known[0]) == (0, known[0], starts[known[1]] + 1)
        assert ends(wire, topic, known[1]) == (0, known[1], starts[known[2]])
