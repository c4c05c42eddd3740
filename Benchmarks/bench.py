"""`make bench`: Apus and Apache Kafka under the same load in the same run, and the ratios between them.

See README.md, section "Speed", for the method.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import sys
import tempfile
import time

import rdkafka
import servers

GB = 1e9
PARTITIONS = 4
RATE = 20_000  # records a second of the paced producer
# Name of a figure: how it is shown, its unit, and what it is to reach: a ratio to Apache ("x") or a figure of its own.
FIGURES = {
    "in MB/s": ("throughput in", "MB/s", ">= 1 x"),
    "in user s/GB": ("broker CPU per GB in, user", "s", "<= 0.3 s"),
    "in system s/GB": ("broker CPU per GB in, system", "s", ""),
    "in CPU s/GB": ("broker CPU per GB in", "s", "<= 0.6 x"),
    "in client s/GB": ("  the client's", "s", ""),
    "out MB/s": ("throughput out", "MB/s", ">= 1 x"),
    "out user s/GB": ("broker CPU per GB out, user", "s", ""),
    "out system s/GB": ("broker CPU per GB out, system", "s", ""),
    "out CPU s/GB": ("broker CPU per GB out", "s", "<= 0.6 x"),
    "out client s/GB": ("  the client's", "s", ""),
    "p50 ms": ("acknowledged at 20,000/s, p50", "ms", ""),
    "p99 ms": ("  p99", "ms", ""),
    "p99.9 ms": ("  p99.9", "ms", ""),
    "max ms": ("  worst", "ms", ""),
    "paced CPU %": ("  broker CPU of one core", "%", ""),
    "start ms": ("exec to first acknowledged record", "ms", "<= 250 ms"),
    "empty start ms": ("  on an empty directory", "ms", ""),
    "idle MiB": ("resident, idle", "MiB", "<= 32 MiB"),
    "loaded MiB": ("resident, after load", "MiB", "<= 64 MiB"),
    "peak MiB": ("resident, most", "MiB", "<= 64 MiB"),
}


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def percentile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))]


class Bench:
    def __init__(self, options, directory):
        self.options = options
        self.kinds = [options.only] if options.only else ["apus", "apache"]
        self.servers = {kind: servers.Server(kind, directory) for kind in self.kinds}
        self.figures = {kind: {name: [] for name in FIGURES} for kind in self.kinds}
        self.numbers = 0

    def note(self, kind, **figures):
        for name, value in figures.items():
            self.figures[kind][name].append(value)
        say(f"{kind:6}  " + "  ".join(f"{name} {value:.4g}" for name, value in figures.items()))

    def topic(self, server):
        self.numbers += 1
        return server.topic(f"bench-{self.numbers}", PARTITIONS)

    def starts(self, kind, server):
        """Start on an empty directory, then again and again on the one that is there; the last one stays up."""
        first, _ = server.first_acknowledgement()
        self.note(kind, **{"empty start ms": first * 1000})
        for _ in range(self.options.starts):
            server.stop()
            again, _ = server.first_acknowledgement()
            self.note(kind, **{"start ms": again * 1000})

    def idle(self):
        time.sleep(3)
        for kind, server in self.servers.items():
            self.note(kind, **{"idle MiB": server.memory()[0]})

    def warm(self, kind, server):
        """Full load both ways until the time is over: Java compiles what is hot only after a while."""
        say(f"{kind:6}  warming for {self.options.warm:g} s")
        deadline = time.monotonic() + self.options.warm
        while (left := deadline - time.monotonic()) > 0:
            with self.topic(server) as topic:
                rdkafka.produce(server.bootstrap, topic, PARTITIONS, min(left, 3), GB, self.options.compression)
                rdkafka.consume(server.bootstrap, topic, PARTITIONS)

    def throughput(self, kind, server):
        with self.topic(server) as topic:
            for way in ("in", "out"):
                time.sleep(0.5)
                with server.usage() as usage:
                    if way == "in":
                        limit = self.options.gigabytes * GB
                        done = rdkafka.produce(
                            server.bootstrap, topic, PARTITIONS, self.options.seconds, limit, self.options.compression)
                    else:
                        done = rdkafka.consume(server.bootstrap, topic, PARTITIONS)
                size = done.bytes / GB
                self.note(kind, **{
                    f"{way} MB/s": done.bytes / 1e6 / done.seconds,
                    f"{way} user s/GB": usage.user / size,
                    f"{way} system s/GB": usage.system / size,
                    f"{way} CPU s/GB": (usage.user + usage.system) / size,
                    f"{way} client s/GB": usage.client / size,
                })

    def latency(self, kind, server):
        skip = min(2, self.options.seconds / 4)
        with self.topic(server) as topic, server.usage() as usage:
            seconds = self.options.seconds + skip
            latencies, rate = rdkafka.paced(server.bootstrap, topic, PARTITIONS, seconds, RATE, skip)
        if rate < 0.98 * RATE:
            say(f"{kind}: the paced producer reached only {rate:.0f} records/s")
        self.note(kind, **{
            "p50 ms": percentile(latencies, 0.5) * 1000,
            "p99 ms": percentile(latencies, 0.99) * 1000,
            "p99.9 ms": percentile(latencies, 0.999) * 1000,
            "max ms": latencies[-1] * 1000,
            "paced CPU %": (usage.user + usage.system) / seconds * 100,
        })

    def run(self):
        for kind, server in self.servers.items():
            self.starts(kind, server)
        self.idle()
        for kind, server in self.servers.items():
            self.warm(kind, server)
        for number in range(self.options.rounds):
            # Who is first changes, so that neither always follows the other's dirty pages.
            order = self.kinds if number % 2 == 0 else self.kinds[::-1]
            for measure in (self.throughput, self.latency):
                for kind in order:
                    time.sleep(1.5)  # the deleted topic of the last round leaves the disk
                    measure(kind, self.servers[kind])
        for kind, server in self.servers.items():
            now, most = server.memory()
            self.note(kind, **{"loaded MiB": now, "peak MiB": most})
        for server in self.servers.values():
            server.stop()

    def close(self):
        for server in self.servers.values():
            server.close()


def table(figures):
    """The medians of the rounds, the ratio where there are both, and what is to be reached."""
    kinds = list(figures)
    both = len(kinds) == 2
    rows = [["1 KiB records, medians of the rounds", *kinds, *(["apus / apache"] if both else []), "to reach", ""]]
    for name, (title, unit, goal) in FIGURES.items():
        values = [statistics.median(figures[kind][name]) for kind in kinds if figures[kind][name]]
        if len(values) < len(kinds):
            continue
        ratio = values[0] / values[1] if both and values[1] else None
        row = [f"{title} ({unit})", *(f"{value:.3g}" if value < 100 else f"{value:.0f}" for value in values)]
        if both:
            row.append("" if ratio is None else f"{ratio:.3g}")
        verdict = ""
        if goal and kinds[0] == "apus":
            sign, limit, of = goal.split()
            reached = ratio if of == "x" else values[0]
            if reached is not None:
                met = reached <= float(limit) if sign == "<=" else reached >= float(limit)
                verdict = "yes" if met else "NO"
        rows.append([*row, goal, verdict])
    if kinds[0] != "apus":
        rows = [row[:-2] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if not column else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def machine():
    models = [line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return {"cores": os.cpu_count(), "processor": models[0] if models else platform.processor(),
            "kernel": platform.release(), "librdkafka": rdkafka.library.rd_kafka_version_str().decode(),
            "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")}


def arguments():
    parser = argparse.ArgumentParser(prog="make bench", description="Apus against Apache Kafka in the same run.")
    parser.add_argument("--only", choices=["apus", "apache"], help="one of the two; there are no ratios then")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each measurement, interleaved (3)")
    parser.add_argument("--seconds", type=float, default=8, help="length of a round (8)")
    parser.add_argument("--warm", type=float, default=30, help="seconds of full load before anything is measured (30)")
    parser.add_argument("--starts", type=int, default=3, help="starts on a directory that is there already (3)")
    parser.add_argument("--gigabytes", type=float, default=4, help="a round of producing ends here at the latest (4)")
    parser.add_argument("--compression", choices=["none", "gzip", "snappy", "lz4", "zstd"], default="none",
                        help="the producer's codec for the throughput (none); GB are those before compression")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works; its figures are rough")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write every figure of every round there")
    parser.add_argument("--directory", type=pathlib.Path, help="where the data goes (a temporary folder, removed at the end)")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.warm, options.starts = 1, 3, 5, 1
    return options


def main():
    options = arguments()
    if options.only != "apus" and servers.nodes.kafka_home() is None:
        say("no Apache Kafka here (Java 17, and KAFKA_HOME or ../shared/apache-kafka): Apus alone, without ratios")
        if options.only == "apache":
            return 1
        options.only = "apus"
    directory = pathlib.Path(tempfile.mkdtemp(prefix="apus-bench-", dir=options.directory))
    bench = Bench(options, directory)
    facts = machine()
    load = os.getloadavg()[0]
    if load > 0.5:
        say(f"the machine is busy already (load {load:.1f}): the figures will be worse than they are")
    try:
        bench.run()
    finally:
        bench.close()
        shutil.rmtree(directory, ignore_errors=True)
    print(f"\n{facts['cores']} cores of {facts['processor']}, Linux {facts['kernel']}, librdkafka {facts['librdkafka']}; "
          f"{options.rounds} rounds of {options.seconds:g} s, {options.warm:g} s warm, {PARTITIONS} partitions, "
          f"compression {options.compression}\n")
    print(table(bench.figures))
    if options.json:
        options.json.write_text(json.dumps({"machine": facts, "options": {k: str(v) for k, v in vars(options).items()},
                                            "load before": load, "figures": bench.figures}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
