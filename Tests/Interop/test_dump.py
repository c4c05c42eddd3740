"""`apus dump` beside Apache's kafka-dump-log, on the data directories that Apache left and on one of Apus's own."""

import json
import pathlib
import re
import subprocess
import tarfile

import pytest

import node as nodes
from node import REPOSITORY, SERVER

pytestmark = [pytest.mark.timeout(300), pytest.mark.skipif(SERVER != "apus", reason="compares Apus with Apache itself")]

FIXTURES = REPOSITORY / "Tests" / "Fixtures" / "datadirs"


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    """Unpacks a golden data directory once."""
    folder = tmp_path_factory.mktemp("goldens")

    def unpack(name):
        if not (folder / name).exists():
            with tarfile.open(FIXTURES / f"{name}.tar.gz") as archive:
                archive.extractall(folder / name, filter="data")
        return folder / name / "logs"

    return unpack


def dump(*words, status=0):
    done = subprocess.run([str(word) for word in (nodes.apus(), "dump", *words)], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == status, done.stderr
    return done.stdout.splitlines(), done.stderr


def compare(files, *options):
    """Both tools say the same of the files."""
    assert files
    names = ",".join(map(str, files))
    ours, _ = dump(*options, "--files", names)
    theirs = nodes.kafka("dump-log", *options, "--files", names).splitlines()
    # Apache says of offset indexes that they are empty, of time indexes it does not; and the first, zero entry of an index
    # that a killed node left is an entry to it.
    def plain(lines):
        return [line for line in lines if not line.endswith(" is empty.")
                and not re.fullmatch(r"offset: \d+ position: 0|timestamp: 0 offset: \d+", line)]
    assert plain(ours) == plain(theirs)


DIRECTORIES = ["codecs", "compaction", "groups", "transactions-killed"]


@pytest.mark.java
@pytest.mark.parametrize("name", DIRECTORIES)
def test_segments_and_indexes_are_shown_as_by_apache(golden, name):
    logs = golden(name)
    segments = sorted(logs.rglob("*.log"))
    compare(segments)
    # Where bytes are no text the tools put different numbers of replacement characters: metadata is for its own decoder.
    compare([file for file in segments if "__cluster_metadata" not in file.parent.name], "--print-data-log")
    compare(segments[:6], "--deep-iteration")
    compare([file for suffix in ("index", "timeindex", "txnindex", "snapshot") for file in sorted(logs.rglob("*." + suffix))])


@pytest.mark.java
@pytest.mark.parametrize("name, pattern, option", [
    ("groups", "__consumer_offsets-*", "--offsets-decoder"),
    ("groups-streams", "__consumer_offsets-*", "--offsets-decoder"),
    ("groups", "__transaction_state-*", "--transaction-log-decoder"),
    ("groups", "__share_group_state-*", "--share-group-state-decoder"),
    ("metadata-dynamic", "__cluster_metadata-0", "--cluster-metadata-decoder")])
def test_records_of_kafkas_own_topics_are_decoded_as_by_apache(golden, name, pattern, option):
    folders = sorted(golden(name).glob(pattern))
    compare([file for folder in folders for file in sorted(folder.glob("*.log"))], option)
    snapshots = [file for folder in folders for file in sorted(folder.glob("*.checkpoint"))]
    if snapshots:
        compare([*snapshots, golden(name) / "bootstrap.checkpoint"], option)
    # What they are is known without being told, too.
    told, _ = dump(option, *folders[0].glob("*.log"))
    assert told == dump("--records", *folders[0].glob("*.log"))[0]


@pytest.mark.java
def test_what_apus_writes_is_read_by_both(make_node, topic):
    node = make_node().start()
    nodes.kafka("topics", "--bootstrap-server", node.bootstrap, "--create", "--topic", topic, "--partitions", "2")
    nodes.kafka("console-producer", "--bootstrap-server", node.bootstrap, "--topic", topic,
                stdin="".join(f"record {number}\n" for number in range(200)))
    node.stop()
    logs = node.log_directory()
    compare(sorted(logs.glob(f"{topic}-*/*.log")), "--print-data-log")
    compare(sorted((logs / "__cluster_metadata-0").glob("*.log")), "--cluster-metadata-decoder")
    # Every file is one that the dump knows and finds sound.
    for folder in [logs, *(path for path in logs.iterdir() if path.is_dir())]:
        dump("--json", "--records", folder)


def test_every_line_is_json_when_asked(golden):
    for folder in golden("groups").iterdir():
        if folder.is_dir():
            for line in dump("--json", "--records", folder)[0]:
                assert json.loads(line)["type"]


def test_damage_is_named_and_ends_with_one(golden, tmp_path):
    file = tmp_path / "00000000000000000000.log"
    whole = (golden("codecs") / "codec-zstd-0" / "00000000000000000000.log").read_bytes()
    second = 12 + int.from_bytes(whole[8:12], "big")
    file.write_bytes(whole[:second + 80] + bytes([whole[second + 80] ^ 1]) + whole[second + 81:])
    lines, errors = dump(file, status=1)
    assert f"{file}: at byte {second}: the checksum of the batch is wrong" in errors
    assert sum("isvalid: false" in line for line in lines) == 1
    file.write_bytes(whole + b"torn")
    assert f"at byte {len(whole)}" in dump(file, status=1)[1]
    assert "no kind of file" in dump(pathlib.Path(__file__), status=1)[1]
    assert "not found" in dump(tmp_path / "00000000000000000009.log", status=1)[1].lower().replace("notfound", "not found")
    assert "no file is named" in dump(status=2)[1]
    assert "did you mean --records" in dump("--record", file, status=2)[1]


def test_help_teaches():
    for words in (["--help"], ["server", "--help"], ["dump", "--help"], ["storage", "--help"],
                  ["storage", "format", "-h"]):
        done = subprocess.run([nodes.apus(), *words], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and done.stdout.startswith("Usage: apus"), done.stderr
        assert all(len(line) <= 120 for line in done.stdout.splitlines())
    assert "Examples:" in done.stdout
