"""Apache Kafka's own command-line tools against the node, and on its files."""

import pytest

from node import kafka

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
    assert '"logDirs"' in kafka("log-dirs", *server, "--describe")


def test_dump_log_reads_the_files(make_node, topic):
    node = make_node().start()
    kafka("console-producer", "--bootstrap-server", node.bootstrap, "--topic", topic, stdin="one\ntwo\n")
    node.stop()
    segment = "00000000000000000000"
    folder = node.log_directory() / f"{topic}-0"
    dumped = kafka("dump-log", "--deep-iteration", "--print-data-log", "--files", folder / f"{segment}.log")
    assert "payload: one" in dumped and "payload: two" in dumped and "isvalid: true" in dumped
    for index in ("index", "timeindex"):
        assert "Found" not in kafka("dump-log", "--index-sanity-check", "--files", folder / f"{segment}.{index}")
    metadata = node.log_directory() / "__cluster_metadata-0" / f"{segment}.log"
    assert '"type":"TOPIC_RECORD"' in kafka("dump-log", "--cluster-metadata-decoder", "--files", metadata)
