"""The server under test as a process: Apus, or Apache Kafka as the reference (APUS_INTEROP_SERVER=apache)."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SERVER = os.environ.get("APUS_INTEROP_SERVER", "apus")
# One node, so one replica; members of a group are not waited for, so that a group forms at once.
DEFAULTS = {
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
}


def kafka_home():
    """The folder of Apache Kafka's distribution, or None where there is none or no Java."""
    places = [os.environ.get("KAFKA_HOME"), REPOSITORY.parent / "shared" / "apache-kafka"]
    for place in places:
        if place and (pathlib.Path(place) / "bin" / "kafka-topics.sh").exists() and shutil.which("java"):
            return pathlib.Path(place)
    return None


def apus():
    """The program under test."""
    return os.environ.get("APUS", str(REPOSITORY / ".build" / "release" / "apus"))


def free_ports():
    """A port that is free together with the next one, which a combined node takes for its controller."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
                return port
            except (OSError, OverflowError):
                continue


class Node:
    """One node. Started, stopped and killed by its own process id; its log is kept and shown when a test fails."""

    def __init__(self, directory, server=SERVER, **settings):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.data = self.directory / "data"
        self.log = self.directory / "node.log"
        self.server = server
        self.port = free_ports()
        self.settings = {**DEFAULTS, **{key.replace("_", "."): str(value) for key, value in settings.items()}}
        self.process = None

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    def command(self):
        overrides = [word for key, value in self.settings.items() for word in ("--override", f"{key}={value}")]
        common = ["--data", str(self.data), "--port", str(self.port), *overrides]
        if self.server == "apache":
            home = kafka_home()
            assert home, "Apache Kafka as the server needs Java and KAFKA_HOME"
            # The script writes the voters with the id, so it has to be told by an option of its own.
            return [str(home / "bin" / "apache-node"), *common, "--node-id", self.settings.get("node.id", "1")]
        return [apus(), "server", *common]

    def start(self, within=60):
        assert self.process is None
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the node ended with {self.process.returncode} at its start:\n{self.tail()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"the node does not listen after {within} s:\n{self.tail()}")

    def stop(self, within=60):
        """SIGTERM: a clean stop, which has to end with status 0 (143 is Java's word for the same)."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(within)
        self.process = None
        assert code in (0, 143), f"the node ended with {code}:\n{self.tail()}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log_directory(self):
        """Where meta.properties lies: the folder itself or one below it."""
        return next(self.data.rglob("meta.properties")).parent

    def adopt(self, other):
        """Takes over the log directory that another node wrote and left; the node's id goes with it."""
        assert other.process is None and self.process is None
        there = other.log_directory()
        identity = dict(line.split("=", 1) for line in (there / "meta.properties").read_text().splitlines() if "=" in line)
        self.settings["node.id"] = identity["node.id"].strip()
        here = self.data / "logs" if self.server == "apache" else self.data
        if self.data.exists():
            shutil.rmtree(self.data)
        here.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(there, here)
        return self

    def resident_mebibytes(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024

    def tail(self, lines=40):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""


def run(*words, stdin=None, within=60, check=True):
    """Runs a client tool, gives its standard output. Fails with what it wrote when it does not end well."""
    text = isinstance(stdin, (str, type(None)))
    done = subprocess.run([str(word) for word in words], input=stdin, capture_output=True, timeout=within, text=text)
    if check:
        assert done.returncode == 0, f"{words[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def kafka(tool, *words, **options):
    """Runs one of Apache Kafka's tools: kafka("topics", "--list", …)."""
    return run(kafka_home() / "bin" / f"kafka-{tool}.sh", *words, **options)
