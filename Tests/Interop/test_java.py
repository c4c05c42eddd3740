"""Apache Kafka's own command-line tools against the node, and on its files."""

import json

import pytest

from node import kafka
from wire import Wire, batch

pytestmark = pytest.mark.java


def test_topics_configs_and_offsets(node, topic):
    server = ["--bootstrap-server", node.bootstrap]
    kafka("topics", *server, "--create", "--topic", topic, "--partitions", 3, "--config", "retention.ms=1000000")
    described = kafka("topics", *server, "--describe", "--topic", topic)
    assert "PartitionCount: 3" in described and "retention.ms=1000000" in described
    kafka("configs", *server, "--alter", "--topic", topic, "--add-config", "max.message.bytes=70000")
    assert "max.message.bytes=70000" in kafka("configs", *server, "--describe", "--topic", topic)
    kafka("topics", *server, "--alter", "--topic", topic, "--partitions", 4)
    assert kafka("get-offsets", *server, "--topic", topic).splitlines() == [f"{topic}:{n}:0" for n in range(4)]
    kafka("topics", *server, "--delete", "--topic", topic)
    assert topic not in kafka("topics", *server, "--list").split()


def test_console_clients_a_group_and_deleted_records(node, topic, tmp_path):
    server = ["--bootstrap-server", node.bootstrap]
    kafka("topics", *server, "--create", "--topic", topic)
    kafka("console-producer", *server, "--topic", topic, stdin="one\ntwo\nthree\n")
    group = f"group-of-{topic}"
    text = kafka("console-consumer", *server, "--topic", topic, "--group", group, "--from-beginning",
                 "--max-messages", 3, "--timeout-ms", 30000, "--command-property", "group.protocol=classic")
    assert text == "one\ntwo\nthree\n"
    row = [line.split() for line in kafka("consumer-groups", *server, "--describe", "--group", group).splitlines()
           if topic in line][0]
    assert row[:6] == [group, topic, "0", "3", "3", "0"]
    wanted = tmp_path / "offsets.json"
    wanted.write_text('{"version": 1, "partitions": [{"topic": "%s", "partition": 0, "offset": 2}]}' % topic)
    assert "low_watermark: 2" in kafka("delete-records", *server, "--offset-json-file", wanted)


def test_groups_are_listed_reset_and_deleted(node, topic):
    server = ["--bootstrap-server", node.bootstrap]
    group = f"group-of-{topic}"
    kafka("topics", *server, "--create", "--topic", topic)
    kafka("console-producer", *server, "--topic", topic, stdin="one\ntwo\nthree\n")
    kafka("consumer-groups", *server, "--group", group, "--topic", topic, "--reset-offsets", "--to-offset", 2, "--execute")
    assert group in kafka("consumer-groups", *server, "--list").split()
    assert "Empty" in kafka("consumer-groups", *server, "--describe", "--group", group, "--state")
    text = kafka("console-consumer", *server, "--topic", topic, "--group", group, "--max-messages", 1, "--timeout-ms", 30000)
    assert text == "three\n"
    kafka("consumer-groups", *server, "--delete-offsets", "--group", group, "--topic", topic)
    kafka("consumer-groups", *server, "--delete", "--group", group)
    assert group not in kafka("consumer-groups", *server, "--list").split()


def test_offsets_by_time(node, wire, topic):
    server = ["--bootstrap-server", node.bootstrap, "--topic", topic]
    wire.create(topic)
    wire.produce(topic, batch([b"v"] * 4, timestamps=[1000, 2000, 9000, 3000]))
    for asked, offset in (("earliest", 0), ("latest", 4), ("max-timestamp", 2), ("2000", 1)):
        assert kafka("get-offsets", *server, "--time", asked).strip() == f"{topic}:0:{offset}"


def test_performance_tools(node, topic):
    server = ["--bootstrap-server", node.bootstrap]
    sent = kafka("producer-perf-test", "--topic", topic, "--num-records", 20000, "--record-size", 1000, "--throughput", -1,
                 "--producer-props", f"bootstrap.servers={node.bootstrap}", "linger.ms=5")
    assert "20000 records sent" in sent
    read = kafka("consumer-perf-test", *server, "--topic", topic, "--messages", 20000, "--timeout", 30000)
    assert ", 20000, " in read


def test_the_broker_describes_itself(node):
    server = ["--bootstrap-server", node.bootstrap]
    versions = kafka("broker-api-versions", *server)
    assert "Produce(0): 0 to 13" in versions and "Fetch(1): 4 to " in versions
    assert "LeaderId:" in kafka("metadata-quorum", *server, "describe", "--status")
    replicas = kafka("metadata-quorum", *server, "describe", "--replication").splitlines()
    assert len(replicas) == 2 and replicas[1].split()[-1] == "Leader"
    kafka("console-producer", *server, "--topic", "log-dirs", stdin="one\n")
    described = json.loads(kafka("log-dirs", *server, "--describe", "--topic-list", "log-dirs").splitlines()[-1])
    [broker] = described["brokers"]
    [directory] = broker["logDirs"]
    assert directory["error"] is None
    [partition] = directory["partitions"]
    assert (partition["partition"], partition["offsetLag"], partition["isFuture"]) == ("log-dirs-0", 0, False)
    assert partition["size"] > 60


def test_the_brokers_configs_are_changed(node):
    server = ["--bootstrap-server", node.bootstrap, "--entity-type", "brokers"]
    kafka("configs", *server, "--entity-default", "--alter", "--add-config", "log.retention.ms=123456789")
    assert "log.retention.ms=123456789" in kafka("configs", *server, "--entity-default", "--describe")
    kafka("configs", *server, "--entity-default", "--alter", "--delete-config", "log.retention.ms")
    assert "123456789" not in kafka("configs", *server, "--entity-default", "--describe")


def test_dump_log_reads_the_files(make_node, topic):
    node = make_node().start()
    kafka("console-producer", "--bootstrap-server", node.bootstrap, "--topic", topic, stdin="one\ntwo\n")
    with Wire(node) as wire:
        wire.coordinator("group")
        committed = wire.call("OffsetCommit", 8, GroupId="group", Topics=[
            {"Name": topic, "Partitions": [{"PartitionIndex": 0, "CommittedOffset": 1}]}])
        assert committed.Topics[0].Partitions[0].ErrorCode == 0
    node.stop()
    segment = "00000000000000000000"
    folder = node.log_directory() / f"{topic}-0"
    dumped = kafka("dump-log", "--deep-iteration", "--print-data-log", "--files", folder / f"{segment}.log")
    assert "payload: one" in dumped and "payload: two" in dumped and "isvalid: true" in dumped
    for index in ("index", "timeindex"):
        assert "Found" not in kafka("dump-log", "--index-sanity-check", "--files", folder / f"{segment}.{index}")
    metadata = node.log_directory() / "__cluster_metadata-0" / f"{segment}.log"
    assert '"type":"TOPIC_RECORD"' in kafka("dump-log", "--cluster-metadata-decoder", "--files", metadata)
    # The console producer is idempotent, so that its clean stop leaves a snapshot of producers.
    snapshots = sorted(folder.glob("*.snapshot"))
    assert snapshots and "producerId: " in kafka("dump-log", "--files", snapshots[-1])
    offsets = [one for one in node.log_directory().glob("__consumer_offsets-*/*.log") if one.stat().st_size]
    assert len(offsets) == 1
    assert topic in kafka("dump-log", "--offsets-decoder", "--files", offsets[0])
