"""Traps about Fetch: contents, limits, waiting, sessions; the numbers are those of our list of traps."""

import time
import uuid

import pytest

from wire import batch, batches

VERSIONS = range(4, 19)


def filled(wire, topic, count=3, size=10, partitions=1, **configs):
    """A topic with `count` batches of one record in each partition."""
    wire.create(topic, partitions, **configs)
    for partition in range(partitions):
        for number in range(count):
            answer = wire.produce(topic, batch([b"%d" % number + b"x" * size]), partition=partition)
            assert (answer.ErrorCode, answer.BaseOffset) == (0, number)


def ask(wire, version, topics, *, session=0, epoch=-1, forgotten=(), wait=0, most=1 << 25, least=1):
    """A Fetch of {topic: {partition: offset}}."""
    def named(name):
        return {"Topic": name} if version < 13 else {"TopicId": wire.ids[name]}

    return wire.call("Fetch", version, MaxWaitMs=wait, MinBytes=least, MaxBytes=most, SessionId=session, SessionEpoch=epoch,
                     Topics=[{**named(topic), "Partitions": [
                         {"Partition": partition, "FetchOffset": offset, "PartitionMaxBytes": 1 << 25}
                         for partition, offset in partitions.items()]} for topic, partitions in topics.items()],
                     ForgottenTopicsData=[{**named(topic), "Partitions": partitions} for topic, partitions in forgotten])


def listed(answer):
    return [(one.get("Topic") or one.TopicId, part.PartitionIndex) for one in answer.Responses for part in one.Partitions]


@pytest.mark.parametrize("version", VERSIONS)
def test_37_no_records_are_empty_and_never_null(wire, topic, version):
    filled(wire, topic)
    for offset, error in ((3, 0), (99, 1), (-1, 1)):
        part = wire.fetch(topic, offset, version=version)
        assert (part.ErrorCode, part.Records) == (error, b""), f"at offset {offset}"
    missing = f"not-there-{topic}"
    wire.ids[missing] = uuid.UUID(int=99)
    part = wire.fetch(missing, 0, version=version)
    assert (part.ErrorCode, part.Records) == (3 if version < 13 else 100, b"")
    part = wire.fetch(topic, 0, version=version, partition=9)
    assert (part.ErrorCode, part.Records) == (3, b"")


@pytest.mark.parametrize("version", VERSIONS)
def test_38_an_answer_with_data_names_no_other_replica(wire, topic, version):
    filled(wire, topic)
    part = wire.fetch(topic, 0, version=version)
    assert [one.base_offset for one in batches(part.Records)] == [0, 1, 2]
    assert (part.HighWatermark, part.LastStableOffset) == (3, 3)
    assert part.get("PreferredReadReplica", -1) == -1 and part.get("LogStartOffset", 0) == 0


def test_40_an_idle_session_waits_as_long_as_asked(wire, topic):
    filled(wire, topic)
    begun = time.monotonic()
    first = ask(wire, 12, {topic: {0: 3}}, epoch=0, wait=400)
    assert time.monotonic() - begun >= 0.399 and first.SessionId > 0
    begun = time.monotonic()
    second = ask(wire, 12, {}, session=first.SessionId, epoch=1, wait=400)
    assert time.monotonic() - begun >= 0.399 and listed(second) == []


@pytest.mark.parametrize("by", ["fetch", "session"])
def test_40_a_record_ends_the_wait(wire, node, topic, by):
    filled(wire, topic)
    if by == "session":
        session = ask(wire, 12, {topic: {0: 3}}, epoch=0).SessionId
        asked = {"SessionId": session, "SessionEpoch": 1, "Topics": []}
    else:
        asked = {"SessionEpoch": -1, "Topics": [{"Topic": topic, "Partitions": [
            {"Partition": 0, "FetchOffset": 3, "PartitionMaxBytes": 1 << 20}]}]}
    wire.request("Fetch", 12, MaxWaitMs=60000, MinBytes=1, **asked)
    with type(wire)(node) as other:
        assert other.produce(topic, batch()).BaseOffset == 3
    # The socket gives up long before the 60 seconds that were asked for.
    [found] = wire.answer("Fetch", 12).Responses[0].Partitions
    assert [one.base_offset for one in batches(found.Records)] == [3]


def test_40_fewer_bytes_than_asked_for_wait(wire, node, topic):
    filled(wire, topic)
    begun = time.monotonic()
    part = wire.fetch(topic, 0, wait=400, least=100_000)
    assert time.monotonic() - begun >= 0.399 and len(batches(part.Records)) == 3


def test_40_an_error_or_nothing_asked_does_not_wait(wire, topic):
    filled(wire, topic)
    wire.socket.settimeout(30)
    assert wire.fetch(topic, 99, wait=90000).ErrorCode == 1
    assert ask(wire, 12, {}, wait=90000).Responses == []


def test_41_the_first_batch_comes_whole_and_alone(wire, topic):
    filled(wire, topic, size=100_000)
    for limits in ({"most": 1}, {"partition_most": 1}, {"most": 0}):
        part = wire.fetch(topic, 1, **limits)
        assert [one.base_offset for one in batches(part.Records)] == [1], limits


def test_41_the_limit_of_a_partition_cuts_after_the_first_batch(wire, topic):
    filled(wire, topic, count=5, size=1000)
    size = len(wire.fetch(topic, 0, partition_most=1).Records)
    part = wire.fetch(topic, 0, partition_most=2 * size + 10)
    assert len(part.Records) == 2 * size + 10, "exactly the bytes asked for; the torn end is the client's to leave"
    assert [one.base_offset for one in batches(part.Records)] == [0, 1]


def test_41_the_limit_of_an_answer_holds_over_all_partitions(wire, topic):
    filled(wire, topic, count=1, size=20_000, partitions=10)
    answer = ask(wire, 12, {topic: {partition: 0 for partition in range(10)}}, most=70_000)
    sizes = [len(part.Records) for part in answer.Responses[0].Partitions]
    assert len(sizes) == 10, "every partition is in the answer"
    assert [part.PartitionIndex for part in answer.Responses[0].Partitions] == list(range(10))
    assert 60_000 <= sum(sizes) <= 70_000 and sizes[0] > 20_000 and sizes[-1] == 0


def test_43_a_batch_may_begin_before_the_asked_offset(wire, topic):
    wire.create(topic)
    wire.produce(topic, batch([b"v"] * 5))
    wire.produce(topic, batch([b"w"] * 5))
    for offset in range(10):
        found = batches(wire.fetch(topic, offset).Records)
        assert found[0].base_offset == offset // 5 * 5


@pytest.mark.parametrize("version", VERSIONS)
def test_44_aborted_transactions_are_listed_to_those_who_ask(wire, topic, version):
    filled(wire, topic)
    assert wire.fetch(topic, 0, version=version, isolation=0).AbortedTransactions in (None, [])
    part = wire.fetch(topic, 0, version=version, isolation=1)
    assert part.AbortedTransactions in (None, []) and len(batches(part.Records)) == 3


def test_44_uncommitted_readers_get_a_null_list(wire, topic):
    filled(wire, topic)
    assert wire.fetch(topic, 0).AbortedTransactions is None


def test_47_what_was_acknowledged_lies_below_the_high_watermark(wire, node, topic):
    wire.create(topic)
    with type(wire)(node) as other:
        for number in range(200):
            assert wire.produce(topic, batch()).BaseOffset == number
            assert other.fetch(topic, number + 1).HighWatermark == number + 1
            assert other.end(topic) == number + 1


def test_49_a_session_tells_what_changed(wire, topic):
    filled(wire, topic, partitions=2)
    everything = {topic: {0: 3, 1: 3}}
    first = ask(wire, 12, everything, epoch=0)
    assert listed(first) == [(topic, 0), (topic, 1)] and first.SessionId > 0

    def go_on(epoch, **more):
        return ask(wire, 12, {}, session=first.SessionId, epoch=epoch, **more)

    assert listed(go_on(1)) == [], "nothing changed"
    wire.call("DeleteRecords", 2, TimeoutMs=15000, Topics=[
        {"Name": topic, "Partitions": [{"PartitionIndex": 1, "Offset": 2}]}])
    after = go_on(2)
    assert listed(after) == [(topic, 1)] and after.Responses[0].Partitions[0].LogStartOffset == 2
    assert listed(go_on(3)) == [], "told once"
    wire.produce(topic, batch())
    data = go_on(4)
    assert listed(data) == [(topic, 0)] and len(batches(data.Responses[0].Partitions[0].Records)) == 1
    again = go_on(5)
    assert listed(again) == [(topic, 0)], "the position did not move, so the records come again"
    changed = ask(wire, 12, {topic: {0: 4}}, session=first.SessionId, epoch=6)
    assert listed(changed) == [], "the session has the new position, and nothing is to be said"


def test_49_an_error_is_told_and_told_off(wire, topic):
    filled(wire, topic)
    first = ask(wire, 12, {topic: {0: 99}}, epoch=0)
    assert first.Responses[0].Partitions[0].ErrorCode == 1
    assert listed(ask(wire, 12, {}, session=first.SessionId, epoch=1)) == [(topic, 0)], "as long as the error stays"
    cured = ask(wire, 12, {topic: {0: 3}}, session=first.SessionId, epoch=2)
    assert listed(cured) == [(topic, 0)] and cured.Responses[0].Partitions[0].ErrorCode == 0
    assert listed(ask(wire, 12, {}, session=first.SessionId, epoch=3)) == []


def test_52_a_session_forgets_a_partition(wire, topic):
    filled(wire, topic, partitions=2)
    first = ask(wire, 12, {topic: {0: 3, 1: 3}}, epoch=0)
    assert listed(ask(wire, 12, {}, session=first.SessionId, epoch=1, forgotten=[(topic, [0])])) == []
    for partition in (0, 1):
        wire.produce(topic, batch(), partition=partition)
    assert listed(ask(wire, 12, {}, session=first.SessionId, epoch=2)) == [(topic, 1)]


@pytest.mark.parametrize("one, other", [(12, 13), (13, 12), (12, 17), (17, 12)])
def test_52_a_session_keeps_to_names_or_ids(wire, topic, one, other):
    filled(wire, topic)
    first = ask(wire, one, {topic: {0: 3}}, epoch=0)
    wrong = ask(wire, other, {topic: {0: 3}}, session=first.SessionId, epoch=1)
    assert (wrong.ErrorCode, wrong.Responses) == (106, [])
    anew = ask(wire, other, {topic: {0: 0}}, session=first.SessionId, epoch=0)
    assert anew.ErrorCode == 0 and len(batches(anew.Responses[0].Partitions[0].Records)) == 3


def test_52_wrong_epochs_and_unknown_sessions(wire, topic):
    filled(wire, topic)
    first = ask(wire, 12, {topic: {0: 3}}, epoch=0)
    wrong = ask(wire, 12, {}, session=first.SessionId, epoch=7)
    assert (wrong.ErrorCode, wrong.Responses) == (71, [])
    unknown = ask(wire, 12, {}, session=first.SessionId ^ 0x2AAAAAAA, epoch=1)
    assert (unknown.ErrorCode, unknown.Responses) == (70, [])
    assert ask(wire, 12, {topic: {0: 0}}, epoch=0).ErrorCode == 0


def test_52_a_closed_session_is_gone(wire, topic):
    filled(wire, topic)
    first = ask(wire, 12, {topic: {0: 3}}, epoch=0)
    last = ask(wire, 12, {topic: {0: 0}}, session=first.SessionId, epoch=-1)
    assert (last.ErrorCode, last.SessionId) == (0, 0) and listed(last) == [(topic, 0)]
    assert ask(wire, 12, {}, session=first.SessionId, epoch=1).ErrorCode == 70


@pytest.mark.parametrize("by", ["zero", "old"])
def test_53_a_deleted_topic_is_forgotten_by_an_id_that_says_nothing(wire, topic, by):
    gone = f"{topic}-gone"
    filled(wire, topic)
    filled(wire, gone)
    first = ask(wire, 13, {topic: {0: 3}, gone: {0: 3}}, epoch=0)
    assert wire.call("DeleteTopics", 6, TimeoutMs=15000, Topics=[{"Name": gone}]).Responses[0].ErrorCode == 0
    wire.produce(topic, batch())
    if by == "zero":
        wire.ids[gone] = uuid.UUID(int=0)
    after = ask(wire, 13, {}, session=first.SessionId, epoch=1, forgotten=[(gone, [0])])
    assert after.ErrorCode == 0
    found = {one.TopicId: one.Partitions[0] for one in after.Responses}
    assert len(batches(found[wire.ids[topic]].Records)) == 1


def test_a_leader_epoch_that_is_not_ours_is_named(wire, topic):
    """Older than ours: FENCED_LEADER_EPOCH. Newer, from a client that knows more than we do: UNKNOWN_LEADER_EPOCH."""
    filled(wire, topic)
    epoch = wire.offset(topic).LeaderEpoch

    def with_epoch(value):
        answer = wire.call("Fetch", 12, MaxWaitMs=0, MinBytes=1, Topics=[{"Topic": topic, "Partitions": [
            {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1 << 20, "CurrentLeaderEpoch": value}]}])
        return answer.Responses[0].Partitions[0].ErrorCode

    assert with_epoch(epoch) == 0 and with_epoch(-1) == 0
    assert with_epoch(epoch + 1) == 75
    if epoch > 0:
        assert with_epoch(epoch - 1) == 74


def test_a_reader_whose_last_record_is_not_ours_learns_where_its_epoch_ends(wire, topic):
    """KIP-320 and KIP-595: also when it asks for an offset that is beyond our end."""
    filled(wire, topic)
    end, epoch = wire.end(topic), wire.offset(topic).LeaderEpoch

    def after(last_epoch, offset):
        answer = wire.call("Fetch", 12, MaxWaitMs=0, MinBytes=1, Topics=[{"Topic": topic, "Partitions": [
            {"Partition": 0, "FetchOffset": offset, "PartitionMaxBytes": 1 << 20, "LastFetchedEpoch": last_epoch}]}])
        return answer.Responses[0].Partitions[0]

    ours = after(epoch, end)
    assert (ours.ErrorCode, ours.DivergingEpoch["EndOffset"]) == (0, -1), "all of it is ours"
    beyond = after(epoch, end + 5)
    assert (beyond.ErrorCode, beyond.DivergingEpoch.Epoch, beyond.DivergingEpoch.EndOffset) == (0, epoch, end)
    assert not beyond.Records
    assert after(epoch + 1, end).ErrorCode == 1, "nobody knows where an epoch ends that has not begun"
