"""Trap 8: answers on the error path, in every version of every API of an ordinary client, read to their last byte."""

import pathlib
import uuid

import pytest

from wire import batch, messages

APIS = pathlib.Path(__file__).resolve().parents[2] / "Protocol" / "apis.tsv"
GONE = uuid.UUID(int=321)
TOPIC, GROUP = "not-there", "no-such-group"


def topics(name="Topics", label="Name", **partition):
    return {name: [{label: TOPIC, "TopicId": GONE, "Partitions": [partition] if partition else []}]}


# Name: what is asked, and the error codes that the answer has (all of them; 0 where the rest is well).
ASKED = {
    "Produce": ({"Acks": -1, "TimeoutMs": 1000, "TopicData": [
        {"Name": TOPIC, "TopicId": GONE, "PartitionData": [{"Index": 0, "Records": batch()}]}]},
        lambda version: {3} if version < 13 else {100}),
    "Fetch": ({"MaxWaitMs": 0, "MinBytes": 1, **topics(label="Topic", Partition=0, FetchOffset=0, PartitionMaxBytes=1000)},
              lambda version: {3} if version < 7 else {0, 3} if version < 13 else {0, 100}),
    "ListOffsets": ({"ReplicaId": -1, **topics(PartitionIndex=0, Timestamp=-1)}, {3}),
    "Metadata": ({"Topics": [{"Name": "bad name"}]}, lambda version: {17} if version < 13 else {0, 17}),
    "OffsetCommit": ({"GroupId": GROUP, "MemberId": "nobody", "GenerationIdOrMemberEpoch": 5,
                      **topics(PartitionIndex=0, CommittedOffset=1)}, lambda version: {3} if version < 10 else {100}),
    "OffsetFetch": ({"GroupId": GROUP, "Topics": [{"Name": TOPIC, "PartitionIndexes": [0]}], "Groups": [
        {"GroupId": GROUP, "Topics": [{"Name": TOPIC, "TopicId": GONE, "PartitionIndexes": [0]}]}]},
        lambda version: {0} if version < 10 else {0, 100}),
    "FindCoordinator": ({"Key": GROUP, "CoordinatorKeys": [GROUP], "KeyType": 9},
                        lambda version: {42} if version else {0}),
    "JoinGroup": ({"GroupId": "", "SessionTimeoutMs": 10000, "RebalanceTimeoutMs": 10000, "ProtocolType": "consumer",
                   "Protocols": [{"Name": "range", "Metadata": b""}]}, {24}),
    "Heartbeat": ({"GroupId": GROUP, "MemberId": "nobody", "GenerationId": 3}, {25}),
    "LeaveGroup": ({"GroupId": GROUP, "MemberId": "nobody", "Members": [{"MemberId": "nobody"}]},
                   lambda version: {25} if version < 3 else {0, 25}),
    "SyncGroup": ({"GroupId": GROUP, "MemberId": "nobody", "GenerationId": 3, "ProtocolType": "consumer",
                   "ProtocolName": "range"}, {25}),
    "DescribeGroups": ({"Groups": [GROUP]}, lambda version: {0} if version < 6 else {69}),
    "ListGroups": ({}, {0}),
    "ApiVersions": ({"ClientSoftwareName": "", "ClientSoftwareVersion": ""}, lambda version: {0} if version < 3 else {42}),
    "CreateTopics": ({"Topics": [{"Name": "bad name", "NumPartitions": 1, "ReplicationFactor": 1}]}, {17}),
    "DeleteTopics": ({"TopicNames": [TOPIC], "Topics": [{"Name": TOPIC}], "TimeoutMs": 1000}, {3}),
    "DeleteRecords": ({"TimeoutMs": 1000, **topics(PartitionIndex=0, Offset=1)}, {3}),
    "InitProducerId": ({"TransactionalId": "", "TransactionTimeoutMs": 1000}, {42}),
    "OffsetForLeaderEpoch": ({**topics(label="Topic", Partition=0, LeaderEpoch=0)}, {3}),
    "DescribeConfigs": ({"Resources": [{"ResourceType": 2, "ResourceName": TOPIC, "ConfigurationKeys": None}]}, {3}),
    "AlterConfigs": ({"Resources": [{"ResourceType": 2, "ResourceName": TOPIC, "Configs": []}]}, {3}),
    "IncrementalAlterConfigs": ({"Resources": [{"ResourceType": 2, "ResourceName": TOPIC, "Configs": []}]}, {3}),
    "DescribeLogDirs": ({"Topics": [{"Topic": TOPIC, "Partitions": [0]}]}, {0}),
    "CreatePartitions": ({"Topics": [{"Name": TOPIC, "Count": 3, "Assignments": None}], "TimeoutMs": 1000}, {3}),
    "DeleteGroups": ({"GroupsNames": [GROUP]}, {69}),
    "OffsetDelete": ({"GroupId": GROUP, "Topics": [{"Name": TOPIC, "Partitions": [{"PartitionIndex": 0}]}]}, {69}),
    "DescribeQuorum": ({"Topics": [{"TopicName": TOPIC, "Partitions": [{"PartitionIndex": 0}]}]}, {0, 3}),
    "DescribeCluster": ({"EndpointType": 9}, lambda version: {115} if version else {0}),
    "DescribeProducers": ({"Topics": [{"Name": TOPIC, "PartitionIndexes": [0]}]}, {3}),
    "DescribeTopicPartitions": ({"Topics": [{"Name": TOPIC}]}, {3}),
}


def ranges():
    """What a Kafka broker lists, by our table of its APIs; Produce is listed from 0 and served from 3."""
    rows = [line.split("\t") for line in APIS.read_text().splitlines()]
    at = {name: rows[0].index(name) for name in ("key", "name", "broker_min", "broker_max", "code_min")}
    return {row[at["name"]]: tuple(int(row[at[name]]) for name in ("key", "broker_min", "broker_max", "code_min"))
            for row in rows[1:] if row[at["broker_min"]]}


def errors(value):
    if isinstance(value, dict):
        return {code for key, one in value.items() for code in ({one} if key == "ErrorCode" else errors(one))}
    return {code for one in value for code in errors(one)} if isinstance(value, list) else set()


CASES = [(name, version) for name in ASKED for version in range(max(ranges()[name][1], ranges()[name][3]), ranges()[name][2] + 1)]


@pytest.mark.parametrize("name, version", CASES)
def test_08_an_error_is_told_in_the_version_that_asked(wire, name, version):
    fields, expected = ASKED[name]
    if {"GroupId", "Groups", "GroupsNames"} & set(fields):
        wire.coordinator(GROUP)
    answer = wire.call(name, version, **strip(name, fields))
    assert errors(answer) == (expected(version) if callable(expected) else expected), answer


def strip(name, fields, schema=None):
    """The fields that the request has, so that one dictionary serves all."""
    known = {field.name: field for field in schema or messages()[name, "request"].fields}
    return {key: [strip(name, one, known[key].fields) if isinstance(one, dict) else one for one in value]
            if isinstance(value, list) else value for key, value in fields.items() if key in known}


def test_every_api_is_listed_in_kafkas_range(wire):
    """What is listed is whole: in Kafka's own range. What is not there is not listed."""
    listed = {one.ApiKey: (one.MinVersion, one.MaxVersion) for one in wire.call(
        "ApiVersions", 3, ClientSoftwareName="t", ClientSoftwareVersion="1").ApiKeys}
    kafka = {key: (low, high) for key, low, high, _ in ranges().values()}
    assert {key: listed[key] for key in listed} == {key: kafka[key] for key in listed}
    assert {ranges()[name][0] for name in ASKED} <= set(listed)
