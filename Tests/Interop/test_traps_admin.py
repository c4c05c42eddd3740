"""Traps about creating, growing, deleting and configuring topics; the numbers are those of our list of traps."""

import time
import uuid

import pytest

from wire import batch

TOPIC, BROKER = 2, 4
DYNAMIC_TOPIC, DYNAMIC_BROKER, DYNAMIC_DEFAULT_BROKER, STATIC_BROKER, DEFAULT = 1, 2, 3, 4, 5
SET, DELETE = 0, 1


def create(wire, *topics, version=7, validate=False):
    """One result for each (name, partitions, replication factor, configs)."""
    answer = wire.call("CreateTopics", version, timeoutMs=15000, validateOnly=validate, Topics=[
        {"Name": name, "NumPartitions": partitions, "ReplicationFactor": replicas,
         "Configs": [{"Name": key, "Value": value} for key, value in configs.items()]}
        for name, partitions, replicas, configs in topics])
    return answer.Topics


def described(wire, topic, keys=None, *, version=4, synonyms=False, kind=TOPIC):
    answer = wire.call("DescribeConfigs", version, IncludeSynonyms=synonyms, Resources=[
        {"ResourceType": kind, "ResourceName": topic, "ConfigurationKeys": keys}])
    assert answer.Results[0].ErrorCode == 0, answer
    return {one.Name: one for one in answer.Results[0].Configs}


def change(wire, topic, **configs):
    """Incremental: None removes the override."""
    answer = wire.call("IncrementalAlterConfigs", 1, Resources=[{"ResourceType": TOPIC, "ResourceName": topic, "Configs": [
        {"Name": key.replace("_", "."), "ConfigOperation": DELETE if value is None else SET, "Value": value}
        for key, value in configs.items()]}])
    assert answer.Responses[0].ErrorCode == 0, answer


def replace(wire, topic, **configs):
    """The old AlterConfigs."""
    answer = wire.call("AlterConfigs", 2, Resources=[{"ResourceType": TOPIC, "ResourceName": topic, "Configs": [
        {"Name": key.replace("_", "."), "Value": value} for key, value in configs.items()]}])
    assert answer.Responses[0].ErrorCode == 0, answer


def eventually(what, condition):
    """The answer of a change may come before every part of the node has it."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@pytest.mark.parametrize("validate", [True, False])
def test_64_the_answer_of_create_tells_what_was_made(wire, topic, validate):
    [made] = create(wire, (topic, -1, -1, {"retention.ms": "123456"}), validate=validate)
    assert made.ErrorCode == 0 and (made.NumPartitions, made.ReplicationFactor) == (1, 1)
    assert validate or made.TopicId.int != 0
    names = [one.Name for one in made.Configs]
    assert names == sorted(names) and len(names) >= 30
    sources = {one.Name: (one.Value, one.ConfigSource) for one in made.Configs}
    assert sources.pop("retention.ms") == ("123456", DYNAMIC_TOPIC)
    assert {source for _, source in sources.values()} <= {DYNAMIC_DEFAULT_BROKER, STATIC_BROKER, DEFAULT}
    there = wire.call("Metadata", 12, Topics=[{"Name": topic}], AllowAutoTopicCreation=False).Topics[0].ErrorCode
    assert (there == 3) == validate


@pytest.mark.parametrize("version", range(2, 8))
def test_64_create_in_every_version(wire, topic, version):
    [made] = create(wire, (topic, 2, 1, {}), version=version)
    assert made.ErrorCode == 0
    [again] = create(wire, (topic, 2, 1, {}), version=version)
    assert again.ErrorCode == 36 and topic in again.ErrorMessage


@pytest.mark.parametrize("partitions, replicas, error", [(1, 3, 38), (1, 0, 38), (1, -2, 38), (0, 1, 37), (-2, 1, 37)])
def test_65_bad_counts(wire, topic, partitions, replicas, error):
    [made] = create(wire, (topic, partitions, replicas, {}))
    assert made.ErrorCode == error and made.ErrorMessage


def test_65_the_same_name_twice_in_one_request(wire, topic):
    made = create(wire, (topic, 1, 1, {}), (topic, 1, 1, {}), (topic + "-other", 1, 1, {}))
    errors = {one.Name: one.ErrorCode for one in made}
    assert errors == {topic: 42, topic + "-other": 0}


@pytest.mark.parametrize("name, error", [("", 17), (".", 17), ("a/b", 17), ("x" * 250, 17), ("x" * 249, 0)])
def test_65_topic_names(wire, name, error):
    [made] = create(wire, (name, 1, 1, {}))
    assert made.ErrorCode == error and made.Name == name


@pytest.mark.parametrize("config, error", [({"no.such": "1"}, 40), ({"retention.ms": "soon"}, 40), ({"segment.bytes": "1"}, 40),
                                           ({"cleanup.policy": "shred"}, 40), ({"retention.ms": None}, 40)])
def test_65_bad_configs(wire, topic, config, error):
    [made] = create(wire, (topic, 1, 1, config))
    assert made.ErrorCode == error and next(iter(config)) in made.ErrorMessage


def test_65_assignments_by_hand(wire, topic):
    broker = wire.call("Metadata", 12, Topics=[]).Brokers[0].NodeId

    def assigned(name, *replicas):
        answer = wire.call("CreateTopics", 7, timeoutMs=15000, Topics=[
            {"Name": name, "NumPartitions": -1, "ReplicationFactor": -1, "Assignments": [
                {"PartitionIndex": index, "BrokerIds": brokers} for index, brokers in replicas]}])
        return answer.Topics[0].ErrorCode

    assert assigned(topic, (0, [broker]), (1, [broker])) == 0
    assert assigned(topic + "-gap", (0, [broker]), (2, [broker])) == 39
    assert assigned(topic + "-twice", (0, [broker, broker])) == 39
    assert assigned(topic + "-nobody", (0, [12345])) == 39


def grow(wire, topic, count, assignments=None, validate=False):
    answer = wire.call("CreatePartitions", 3, TimeoutMs=15000, ValidateOnly=validate, Topics=[
        {"Name": topic, "Count": count, "Assignments": assignments and [{"BrokerIds": one} for one in assignments]}])
    return answer.Results[0]


def count(wire, topic):
    return len(wire.call("Metadata", 12, Topics=[{"Name": topic}]).Topics[0].Partitions)


def test_67_growing_a_topic(wire, topic):
    wire.create(topic, 3)
    broker = wire.call("Metadata", 12, Topics=[]).Brokers[0].NodeId
    for wanted in (3, 2, 0):
        answer = grow(wire, topic, wanted)
        assert answer.ErrorCode == 37 and "3" in answer.ErrorMessage, "the text names the present count"
    assert grow(wire, "not-there", 5).ErrorCode == 3
    assert grow(wire, topic, 5, [[broker]]).ErrorCode == 39, "two new partitions and one assignment"
    assert grow(wire, topic, 4, [[12345]]).ErrorCode == 39
    assert grow(wire, topic, 4, validate=True).ErrorCode == 0
    assert count(wire, topic) == 3, "validated only"
    assert grow(wire, topic, 5, [[broker], [broker]]).ErrorCode == 0
    eventually("five partitions", lambda: count(wire, topic) == 5)
    wire.usable(topic, range(5))


def delete(wire, *topics):
    answer = wire.call("DeleteTopics", 6, TimeoutMs=15000, Topics=list(topics))
    return [(one.Name, one.ErrorCode) for one in answer.Responses]


def test_68_deleting_by_name_and_by_id(wire, topic):
    mine, other = wire.create(topic), wire.create(topic + "-other")
    assert delete(wire, {"Name": "not-there"}) == [("not-there", 3)]
    assert [error for _, error in delete(wire, {"Name": None, "TopicId": uuid.UUID(int=77)})] == [100]
    assert [error for _, error in delete(wire, {"Name": None})] == [42], "neither a name nor an id"
    assert [error for _, error in delete(wire, {"Name": topic, "TopicId": mine})] == [42], "both"
    twice = delete(wire, {"Name": topic}, {"Name": topic})
    assert {error for _, error in twice} == {42}
    twice = delete(wire, {"Name": topic}, {"Name": None, "TopicId": mine})
    assert {error for _, error in twice} == {42}
    assert count(wire, topic) == 1, "it is still there"
    assert delete(wire, {"Name": None, "TopicId": mine}) == [(topic, 0)]
    assert delete(wire, {"Name": topic + "-other"}) == [(topic + "-other", 0)]

    def error(**named):
        return wire.call("Metadata", 12, Topics=[named], AllowAutoTopicCreation=False).Topics[0].ErrorCode

    for name, number in ((topic, mine), (topic + "-other", other)):
        eventually("the name is gone", lambda: error(Name=name) == 3)
        assert error(Name=None, TopicId=number) == 100, "and its id"


@pytest.mark.parametrize("version", range(1, 7))
def test_68_delete_in_every_version(wire, topic, version):
    wire.create(topic)
    if version < 6:
        answer = wire.call("DeleteTopics", version, TimeoutMs=15000, TopicNames=[topic, "not-there"])
    else:
        answer = wire.call("DeleteTopics", 6, TimeoutMs=15000, Topics=[{"Name": topic}, {"Name": "not-there"}])
    assert {one.Name: one.ErrorCode for one in answer.Responses} == {topic: 0, "not-there": 3}


def test_metadata_by_an_id_that_is_gone(wire, topic):
    """librdkafka 2.16 crashes on anything but UNKNOWN_TOPIC_ID here."""
    for version in (12, 13):
        [one] = wire.call("Metadata", version, Topics=[{"Name": None, "TopicId": uuid.UUID(int=5)}]).Topics
        assert (one.ErrorCode, one.TopicId, one.Partitions) == (100, uuid.UUID(int=5), [])


def test_beside_ids_metadata_looks_at_no_names(wire, topic):
    made = wire.create(topic)
    asked = [{"Name": "not-there", "TopicId": uuid.UUID(int=0)}, {"Name": None, "TopicId": made}]
    [one] = wire.call("Metadata", 12, Topics=asked).Topics
    assert (one.ErrorCode, one.Name, one.TopicId) == (0, topic, made)


@pytest.mark.parametrize("version", [10, 11])
def test_metadata_takes_ids_only_from_version_12_on(wire, topic, version):
    """The form of these versions has ids and null names, and brokers refuse both."""
    made = wire.create(topic)
    for asked in ({"Name": topic, "TopicId": made}, {"Name": None, "TopicId": uuid.UUID(int=0)}):
        answer = wire.call("Metadata", version, Topics=[asked, {"Name": topic, "TopicId": uuid.UUID(int=0)}])
        assert [(one.ErrorCode, one.Partitions) for one in answer.Topics] == [(42, []), (42, [])]


def test_70_every_config_is_described_with_its_source(wire, topic):
    wire.create(topic, retention_ms=123456)
    for version in range(1, 5):
        configs = described(wire, topic, version=version, synonyms=True)
        assert len(configs) >= 30
        one = configs["retention.ms"]
        assert (one.Value, one.ConfigSource, one.ReadOnly, one.IsSensitive) == ("123456", DYNAMIC_TOPIC, False, False)
        assert (one.Synonyms[0].Name, one.Synonyms[0].Source) == ("retention.ms", DYNAMIC_TOPIC), "most specific first"
        assert configs["segment.bytes"].ConfigSource in (STATIC_BROKER, DEFAULT)
        assert [name for name, one in configs.items() if one.ConfigSource == DYNAMIC_TOPIC] == ["retention.ms"]
        if version >= 3:
            assert all(1 <= one.ConfigType <= 9 for one in configs.values())
    assert not described(wire, topic)["retention.ms"].Synonyms, "nobody asked for them"


def test_70_the_brokers_configs_are_described(wire):
    broker = str(wire.call("Metadata", 12, Topics=[]).Brokers[0].NodeId)
    configs = described(wire, broker, kind=BROKER)
    assert configs["group.initial.rebalance.delay.ms"].ConfigSource == STATIC_BROKER
    assert configs["log.retention.hours"].Value == "168" and configs["node.id"].ReadOnly
    secret = [one for one in configs.values() if one.IsSensitive]
    assert secret and all(one.Value is None for one in secret)


def test_71_null_and_empty_keys_mean_all(wire, topic):
    wire.create(topic)
    everything = set(described(wire, topic, None))
    assert set(described(wire, topic, [])) == everything
    assert set(described(wire, topic, ["retention.ms"])) == {"retention.ms"}
    assert described(wire, topic, ["no.such"]) == {}


def test_71_a_missing_topic_is_an_error_in_its_place(wire, topic):
    wire.create(topic)
    answer = wire.call("DescribeConfigs", 4, Resources=[
        {"ResourceType": TOPIC, "ResourceName": name, "ConfigurationKeys": None} for name in (topic, "not-there", "bad name")])
    assert {one.ResourceName: one.ErrorCode for one in answer.Results} == {topic: 0, "not-there": 3, "bad name": 17}


def test_73_the_old_alter_replaces_and_the_new_one_changes(wire, topic):
    wire.create(topic, retention_ms=1000000, max_message_bytes=70000)

    def source(name):
        return described(wire, topic, [name])[name].ConfigSource

    change(wire, topic, retention_ms="2000000")
    eventually("changed", lambda: described(wire, topic)["retention.ms"].Value == "2000000")
    assert source("max.message.bytes") == DYNAMIC_TOPIC, "what is not named stays"
    replace(wire, topic, retention_ms="3000000")
    eventually("replaced", lambda: described(wire, topic)["retention.ms"].Value == "3000000")
    assert source("max.message.bytes") != DYNAMIC_TOPIC, "what is not named is gone"


def test_74_a_value_that_is_inherited_already_becomes_an_override(wire, topic):
    wire.create(topic)

    def source():
        return described(wire, topic, ["cleanup.policy"])["cleanup.policy"].ConfigSource

    assert source() == DEFAULT
    change(wire, topic, cleanup_policy="delete")
    eventually("an override", lambda: source() == DYNAMIC_TOPIC)
    change(wire, topic, cleanup_policy=None)
    eventually("inherited again", lambda: source() == DEFAULT)


def test_a_bad_change_of_configs_says_what_is_wrong(wire, topic):
    wire.create(topic)
    for key, value, operation in (("no.such", "1", SET), ("retention.ms", "soon", SET), ("retention.ms", "1", 2)):
        answer = wire.call("IncrementalAlterConfigs", 1, Resources=[{"ResourceType": TOPIC, "ResourceName": topic, "Configs": [
            {"Name": key, "ConfigOperation": operation, "Value": value}]}])
        [one] = answer.Responses
        assert one.ErrorCode == 40 and key in one.ErrorMessage
    answer = wire.call("IncrementalAlterConfigs", 1, Resources=[
        {"ResourceType": TOPIC, "ResourceName": "not-there", "Configs": [
            {"Name": "retention.ms", "ConfigOperation": SET, "Value": "1"}]}])
    assert answer.Responses[0].ErrorCode == 3


def test_76_topics_are_described_page_by_page(wire, topic):
    names = [f"{topic}-{letter}" for letter in "cab"]
    for name in names:
        wire.create(name, 5)
    rows, pages, cursor = [], 0, None
    while True:
        page = wire.call("DescribeTopicPartitions", 0, Topics=[{"Name": name} for name in names],
                         ResponsePartitionLimit=4, Cursor=cursor)
        pages += 1
        found = [(one.Name, part.PartitionIndex) for one in page.Topics for part in one.Partitions]
        assert 0 < len(found) <= 4
        rows += found
        if page.NextCursor is None:
            break
        cursor = dict(page.NextCursor)
    assert rows == [(name, index) for name in sorted(names) for index in range(5)]
    assert pages == 4


def test_76_missing_topics_and_all_topics(wire, topic):
    wire.create(topic, 2)
    [missing] = wire.call("DescribeTopicPartitions", 0, Topics=[{"Name": "not-there"}]).Topics
    assert (missing.Name, missing.ErrorCode, missing.Partitions) == ("not-there", 3, [])
    everything = wire.call("DescribeTopicPartitions", 0, Topics=[]).Topics
    [mine] = [one for one in everything if one.Name == topic]
    assert [part.ErrorCode for part in mine.Partitions] == [0, 0] and mine.TopicId == wire.ids[topic]
    assert [one.Name for one in everything] == sorted(one.Name for one in everything)


def test_delete_records_beyond_the_end_and_of_what_is_not_there(wire, topic):
    wire.create(topic)
    wire.produce(topic, batch([b"v"] * 3))

    def deleted(name, offset, partition=0):
        answer = wire.call("DeleteRecords", 2, TimeoutMs=15000, Topics=[
            {"Name": name, "Partitions": [{"PartitionIndex": partition, "Offset": offset}]}])
        one = answer.Topics[0].Partitions[0]
        return one.ErrorCode, one.LowWatermark

    assert deleted(topic, 4) == (1, -1)
    assert deleted(topic, 2) == (0, 2)
    assert deleted(topic, 1) == (0, 2), "the start never goes back"
    assert deleted(topic, -1) == (0, 3), "all of it"
    assert deleted("not-there", 1) == (3, -1)
    assert wire.offset(topic, -2).Offset == 3 and wire.fetch(topic, 2).ErrorCode == 1
