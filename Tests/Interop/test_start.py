"""What a node says and does when it cannot start: it ends, not with 0, and names what is wrong."""

import socket
import subprocess

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from node import SERVER, Node
from test_confluent import consumer, create, produce, take


def refused(node, *words, within=60):
    """The node ends by itself, and its log has one of the words."""
    with open(node.log, "ab") as log:
        process = subprocess.Popen(node.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        code = process.wait(within)
    finally:
        process.kill()
        process.wait()
    assert code not in (0, -11, -6, -4, 132, 134, 139), f"ended with {code}:\n{node.tail()}"
    text = node.log.read_text()
    assert any(word in text for word in words), f"none of {words} in:\n{node.tail()}"


def test_a_port_in_use_is_named(make_node):
    node = make_node()
    with socket.socket() as other:
        other.bind(("127.0.0.1", node.port))
        other.listen()
        refused(node, str(node.port))


@pytest.mark.parametrize("setting, value", [("num_network_threads", 0), ("log_segment_bytes", "many"),
                                            ("log_cleanup_policy", "shred")])
def test_a_setting_that_is_out_of_bounds_is_named(make_node, setting, value):
    refused(make_node(**{setting: value}), setting.replace("_", "."))


def test_a_directory_of_a_newer_version_is_refused(make_node):
    node = make_node().start()
    node.stop()
    file = node.log_directory() / "meta.properties"
    text = file.read_text()
    assert "version=1" in text
    file.write_text(text.replace("version=1", "version=7"))
    refused(node, "version", "meta.properties")
    assert "version=7" in file.read_text(), "what is not understood is left alone"


def test_a_directory_of_another_node_is_refused(make_node):
    node = make_node().start()
    node.stop()
    file = node.log_directory() / "meta.properties"
    [line] = [line for line in file.read_text().splitlines() if line.startswith("node.id=")]
    file.write_text(file.read_text().replace(line, "node.id=77"))
    refused(node, "node.id", "77")


@pytest.mark.skipif(SERVER == "apache", reason="Apache Kafka spoils the metadata log before it looks for the lock")
def test_two_nodes_never_share_a_directory(make_node, tmp_path):
    node = make_node().start()
    other = Node(node.directory, server=node.server)
    other.log = tmp_path / "other.log"
    refused(other, "lock", "in use", "use by another")
    assert node.process.poll() is None
    produce(node, "still-there", [(None, b"v", {})])


def test_a_torn_tail_after_kill_9_is_cut_and_nothing_else(make_node, topic):
    """Bytes that a crash left behind the last whole batch go; what was acknowledged stays."""
    node = make_node().start()
    create(AdminClient({"bootstrap.servers": node.bootstrap}), topic)
    produce(node, topic, [(None, str(number).encode(), {}) for number in range(100)])
    node.kill()
    segment = node.log_directory() / f"{topic}-0" / "00000000000000000000.log"
    whole = segment.read_bytes().rstrip(b"\0")
    with open(segment, "r+b") as file:
        file.seek(len(whole))
        file.write(whole[:70])
    node.start()
    produce(node, topic, [(None, b"after", {})])
    reader = consumer(node, "reader")
    reader.assign([TopicPartition(topic, 0, 0)])
    assert [m.value() for m in take(reader, 101)] == [str(number).encode() for number in range(100)] + [b"after"]
    reader.close()


@pytest.mark.skipif(SERVER == "apache", reason="of Apus's own")
@pytest.mark.parametrize("settings, word", [
    ({"listeners": "SSL://127.0.0.1:0", "listener.security.protocol.map": "SSL:SSL"}, "SSL"),
    ({"listeners": "SASL_PLAINTEXT://127.0.0.1:0"}, "SASL"),
])
def test_a_listener_that_is_not_there_yet_is_refused(make_node, settings, word):
    node = make_node()
    node.settings.update(settings)
    refused(node, word)
