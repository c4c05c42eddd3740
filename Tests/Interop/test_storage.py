"""`apus storage` beside Apache's kafka-storage: the same refusals in the same words, and directories that either can use."""

import itertools
import pathlib
import subprocess

import pytest

import node as nodes
from node import SERVER, kafka_home

pytestmark = [pytest.mark.java, pytest.mark.timeout(300),
              pytest.mark.skipif(SERVER != "apus", reason="compares Apus with Apache itself")]

CLUSTER = "15NlWEbAQ7K6MJC1DpKhqA"
DIRECTORY = "JEXY6aqzQY-32P5TStzaFg"
VOTERS = "controller.quorum.voters=1@127.0.0.1:{controller}"
SERVERS = "controller.quorum.bootstrap.servers=127.0.0.1:{controller}"
_numbers = itertools.count()


class Tool:
    """A storage tool with a properties file and directories of its own."""

    def __init__(self, name, folder, *settings, roles="broker,controller", directories=("data",)):
        self.name = name
        self.folder = folder / f"{name}-{next(_numbers)}"
        self.folder.mkdir()
        self.config = self.folder / "server.properties"
        self.port = nodes.free_ports()
        ports = {"port": self.port, "controller": self.port + 1}
        listeners = ["PLAINTEXT://127.0.0.1:{port}"] if "broker" in roles else []
        listeners += ["CONTROLLER://127.0.0.1:{controller}"] if "controller" in roles else []
        lines = ["node.id=1", f"process.roles={roles}", "listeners=" + ",".join(listeners),
                 "controller.listener.names=CONTROLLER",
                 "log.dirs=" + ",".join(str(self.folder / one) for one in directories),
                 *(f"{key}={value}" for key, value in nodes.DEFAULTS.items()), *settings]
        self.config.write_text("".join(line.format(**ports) + "\n" for line in lines))

    def run(self, command, *words):
        program = [nodes.apus(), "storage"] if self.name == "apus" else [kafka_home() / "bin" / "kafka-storage.sh"]
        configured = ["-c", self.config] if command in ("format", "info") else []
        done = subprocess.run([str(word) for word in (*program, command, *configured, *words)], capture_output=True,
                              text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def words(self, code, out, err):
        """What was said, with nothing that differs from run to run."""
        text = (out + err).replace(str(self.folder), "DIR").replace(str(self.port + 1), "CONTROLLER")
        lines = [line.removeprefix('Exception in thread "main" ') for line in text.splitlines()]
        return [line.split("Exception: ", 1)[-1] for line in lines
                if line.strip() and not line.startswith(("\tat ", "Caused by", "\t..."))]


@pytest.fixture
def both(tmp_path):
    """Makes the same directories' worth for both tools; gives Apus's and Apache's."""
    return lambda *settings, **more: [Tool(name, tmp_path, *settings, **more) for name in ("apus", "apache")]


def format_words(tool, *words, cluster=CLUSTER):
    said = tool.run("format", "-t", cluster, *words)
    # Apache prints its bootstrap records as Java objects.
    return said[0], sorted(line for line in tool.words(*said) if not line.startswith("Bootstrap metadata"))


@pytest.mark.parametrize("settings, more, words", [
    ([VOTERS], {}, []),
    ([VOTERS], {}, ["-N"]),
    ([VOTERS], {}, ["-s"]),
    ([VOTERS], {}, ["-I", f"1@127.0.0.1:9:{DIRECTORY}"]),
    ([SERVERS], {}, []),
    ([SERVERS], {}, ["-s"]),
    ([SERVERS], {}, ["--standalone", "--release-version", "3.9"]),
    ([SERVERS], {}, ["-N"]),
    ([SERVERS], {}, ["-I", f"1@127.0.0.1:9:{DIRECTORY},2@host:9:{CLUSTER}"]),
    ([SERVERS], {}, ["-I", f"2@127.0.0.1:9:{DIRECTORY}"]),
    ([SERVERS], {"roles": "broker"}, ["-s"]),
    ([SERVERS], {"roles": "broker"}, []),
    ([SERVERS], {"directories": ("one", "two", "three")}, ["-s"]),
    ([VOTERS], {}, ["-r", "9.9"]),
    ([VOTERS], {}, ["-r", "3.2"]),
    ([VOTERS], {}, ["-r", "4.0", "-f", "metadata.version=25"]),
    ([VOTERS], {}, ["-f", "metadata.version=25"]),
    ([VOTERS], {}, ["-f", "nonsense=1"]),
    ([VOTERS], {}, ["-f", "group.version=7"]),
    ([VOTERS], {}, ["-f", "group.version"]),
    ([VOTERS], {}, ["-f", "group.version=x"]),
    ([VOTERS], {}, ["-r", "3.4", "-f", "eligible.leader.replicas.version=1"]),
    ([VOTERS], {}, ["-f", "kraft.version=1"]),
    ([SERVERS], {}, ["-s", "-f", "kraft.version=0"]),
], ids=lambda value: " ".join(value) if isinstance(value, list) else None)
def test_formatting_ends_in_the_same_words(both, settings, more, words):
    ours, theirs = (format_words(tool, *words) for tool in both(*settings, **more))
    assert ours == theirs


@pytest.mark.parametrize("text, why", [
    ("", "No voters given."), ("127.0.0.1:9:x", "No @ found in dynamic voter string."),
    ("1@127.0.0.1:9", "No colon following port could be found."),
    (f"1@127.0.0.1:x:{DIRECTORY}", "Failed to parse port in dynamic voter string."),
    (f"x@127.0.0.1:1:{DIRECTORY}", "Failed to parse node id in dynamic voter string."),
    ("1@127.0.0.1:9:short", "Failed to parse directory ID in dynamic voter string."),
    (f"1@h:9:{DIRECTORY},1@h:9:{DIRECTORY}", "Node id 1 was specified more than once.")])
def test_malformed_initial_controllers_are_explained(both, text, why):
    for tool in both(SERVERS):
        code, said = format_words(tool, f"--initial-controllers={text}")
        assert code == 1 and why in " ".join(said), said
        assert not (tool.folder / "data").exists()


def test_directories_that_are_formatted_are_left_alone(both):
    # Which of two directories Apache looks at first is left to the hash of their paths.
    def either(said):
        return said[0], [line.replace("DIR/two", "DIR/one") for line in said[1]]

    said = []
    for tool in both(VOTERS, directories=("one", "two")):
        known = format_words(tool)[0:1]
        before = (tool.folder / "one" / "meta.properties").read_text()
        again = [either(format_words(tool)), format_words(tool, "-g"), format_words(tool, cluster="other-cluster-id-000000")[0]]
        (tool.folder / "two" / "meta.properties").unlink()
        again.append(format_words(tool, "--ignore-formatted"))
        tool.config.write_text(tool.config.read_text().replace("node.id=1", "node.id=2").replace("=1@", "=2@"))
        again.append(either(format_words(tool, "-g")))
        assert (tool.folder / "one" / "meta.properties").read_text() == before
        said.append((known, again))
    assert said[0] == said[1]


def test_info_tells_the_same(both):
    def info(tool):
        said = tool.run("info")
        lines = [line.split("directory.id=")[0] for line in tool.words(*said)]
        return said[0], lines

    told = []
    for tool in both(VOTERS, directories=("b", "a", "c", "d")):
        (tool.folder / "c").mkdir()
        (tool.folder / "d").write_text("no directory")
        found = [info(tool)]
        (tool.folder / "d").unlink()
        format_words(tool)
        found.append(info(tool))
        file = tool.folder / "b" / "meta.properties"
        file.write_text(file.read_text().replace("node.id=1", "node.id=7"))
        found.append(info(tool))
        told.append(found)
    assert told[0] == told[1]


@pytest.mark.parametrize("words", [
    ["version-mapping"], ["version-mapping", "-r", "3.9"], ["version-mapping", "--release-version", "3.3-IV3"],
    ["version-mapping", "-r", "4.2-IV0"],
    ["feature-dependencies", "-f", "eligible.leader.replicas.version=1", "-f", "transaction.version=2"],
    ["feature-dependencies", "--feature", "metadata.version=25", "--feature", "kraft.version=1"],
    ["feature-dependencies", "-f", "nonsense=1"], ["feature-dependencies", "-f", "group.version=9"],
    ["feature-dependencies", "-f", "metadata.version=99"], ["feature-dependencies", "-f", "group.version"],
    ["feature-dependencies", "-f", "group.version=x"]], ids=" ".join)
def test_features_are_told_the_same(both, words):
    ours, theirs = (tool.words(*tool.run(*words)) for tool in both(VOTERS))
    assert ours == theirs


def dumped(tool, folder):
    """The records of the snapshots below a folder, as Apache's dump tool reads them."""
    found = {}
    for file in sorted((tool.folder / folder).rglob("*.checkpoint")):
        lines = nodes.kafka("dump-log", "--cluster-metadata-decoder", "--files", file).splitlines()
        found[file.name] = [line.split("headerKeys: [] ", 1)[-1] for line in lines if line.startswith("|")]
    return found


@pytest.mark.parametrize("settings, words", [
    ([VOTERS], []), ([VOTERS], ["-r", "3.5", "-f", "group.version=1"]),
    ([SERVERS], ["-I", f"1@127.0.0.1:9093:{DIRECTORY},2@host:9093:{CLUSTER}"]),
    ([VOTERS], ["-f", "eligible.leader.replicas.version=0"])], ids=str)
def test_a_formatted_directory_holds_the_records_that_apache_writes(both, settings, words):
    ours, theirs = both(*settings)
    for tool in (ours, theirs):
        assert format_words(tool, *words)[0] == 0
    def plain(found):
        return {name: [line for line in lines if "SnapshotHeader" not in line] for name, lines in found.items()}
    assert plain(dumped(ours, "data")) == plain(dumped(theirs, "data"))
    # Apache's tool knows our directory as its own.
    theirs.config.write_text(ours.config.read_text())
    code, out, err = theirs.run("info")
    assert code == 0 and f"cluster.id={CLUSTER}" in out and "node.id=1" in out, out + err


@pytest.mark.parametrize("settings, words", [([VOTERS], []), ([SERVERS], ["--standalone"])], ids=["fixed", "standalone"])
def test_apache_starts_on_what_apus_has_formatted(both, settings, words):
    tool, _ = both(*settings)
    assert format_words(tool, *words)[0] == 0
    log = open(tool.folder / "apache.log", "wb")
    process = subprocess.Popen([kafka_home() / "bin" / "kafka-server-start.sh", tool.config], stdout=log, stderr=log,
                               stdin=subprocess.DEVNULL)
    try:
        bootstrap = f"127.0.0.1:{tool.port}"
        nodes.kafka("topics", "--bootstrap-server", bootstrap, "--create", "--topic", "made", "--partitions", "1")
        quorum = nodes.kafka("metadata-quorum", "--bootstrap-server", bootstrap, "describe", "--status")
        assert f"ClusterId:              {CLUSTER}" in quorum and "LeaderId:               1" in quorum
    finally:
        process.terminate()
        process.wait(60)
        log.close()
    assert pathlib.Path(tool.folder / "data" / "made-0").is_dir()


@pytest.mark.parametrize("maker", ["apus", "apache"])
@pytest.mark.parametrize("settings, words", [([VOTERS], []), ([SERVERS], ["--standalone"])], ids=["fixed", "standalone"])
def test_apus_starts_on_what_either_has_formatted(both, maker, settings, words):
    [tool] = [one for one in both(*settings, directories=("data", "more")) if one.name == maker]
    assert format_words(tool, *words)[0] == 0
    with open(tool.folder / "apus.log", "wb") as log:
        process = subprocess.Popen([nodes.apus(), "server", "-c", tool.config], stdout=subprocess.PIPE, stderr=log,
                                   stdin=subprocess.DEVNULL, text=True)
    try:
        ready = process.stdout.readline()
        assert f"node 1 of cluster {CLUSTER}" in ready, (tool.folder / "apus.log").read_text()
        nodes.kafka("topics", "--bootstrap-server", f"127.0.0.1:{tool.port}", "--create", "--topic", "made",
                    "--partitions", "4")
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    assert all(len(list((tool.folder / one).glob("made-*"))) == 2 for one in ("data", "more"))
