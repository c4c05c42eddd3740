"""The nodes that are measured: their processes, and what /proc knows of them."""

import contextlib
import os
import pathlib
import subprocess
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "Tests" / "Interop"))

import node as nodes  # noqa: E402
import wire  # noqa: E402
from confluent_kafka.admin import AdminClient, NewTopic  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
# What is deleted between rounds has to leave the disk at once.
SETTINGS = {"log_segment_delete_delay_ms": 500}
PROBE = "probe"


class Usage:
    """User and system seconds of a process and of this one, taken twice."""

    def __init__(self, pid):
        self.pid = pid

    def now(self):
        # The name may have spaces and parentheses; the numbers stand after the last one.
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        mine = os.times()
        return int(fields[11]) / TICKS, int(fields[12]) / TICKS, mine.user + mine.system

    def __enter__(self):
        self.before = self.now()
        return self

    def __exit__(self, *_):
        self.user, self.system, self.client = (now - then for now, then in zip(self.now(), self.before))


class Server:
    def __init__(self, kind, directory):
        self.kind = kind
        self.node = nodes.Node(directory / kind, server=kind, **SETTINGS)

    def first_acknowledgement(self, within=120):
        """Starts the process; seconds from exec to the first acknowledged record, and to the first accepted connection.

        On an empty directory a topic is created on the way; it is there when the node is started again.
        """
        node, fresh = self.node, not self.node.data.exists()
        words = node.command()
        with open(node.log, "ab") as log:
            begun = time.monotonic()
            node.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline, listens = begun + within, None
        while time.monotonic() < deadline:
            try:
                with wire.Wire(node) as one:
                    listens = listens or time.monotonic() - begun
                    if fresh:
                        one.create(PROBE)
                    # While the node does not lead the partition yet it says so; the answer with error 0 is the one.
                    while one.produce(PROBE, wire.batch([b"first"])).ErrorCode != 0:
                        assert time.monotonic() < deadline
                        time.sleep(0.002)
                    return time.monotonic() - begun, listens
            except (OSError, AssertionError):
                if node.process.poll() is not None:
                    raise SystemExit(f"{self.kind} ended with {node.process.returncode} at its start:\n{node.tail()}")
                time.sleep(0.002)
        raise SystemExit(f"{self.kind} acknowledges nothing within {within} s:\n{node.tail()}")

    @property
    def bootstrap(self):
        return self.node.bootstrap

    def usage(self):
        return Usage(self.node.process.pid)

    def memory(self):
        """Resident now and at most, in MiB."""
        words = pathlib.Path(f"/proc/{self.node.process.pid}/status").read_text().split()
        return tuple(int(words[words.index(name) + 1]) / 1024 for name in ("VmRSS:", "VmHWM:"))

    @contextlib.contextmanager
    def topic(self, name, partitions):
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        admin.create_topics([NewTopic(name, partitions, 1)])[name].result(30)
        yield name
        admin.delete_topics([name])[name].result(30)

    def stop(self):
        self.node.stop()

    def close(self):
        self.node.close()
