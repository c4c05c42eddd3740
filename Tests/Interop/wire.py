"""Kafka's protocol by hand: any request in any version, answers read strictly, batches with any fault in them.

Reads the schemas in Protocol/, whose notation Protocol/README.md tells. It shares nothing with the code under test but those.
"""

import functools
import pathlib
import re
import socket
import struct
import time
import uuid

import crc32c

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "Protocol" / "api"
NUMBERS = {"bool": "?", "int8": "b", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "float64": "d"}
ZEROS = {**dict.fromkeys(NUMBERS, 0), "bool": False, "string": "", "bytes": b"", "records": None, "uuid": uuid.UUID(int=0)}

# ---- schemas


class Versions:
    """`3+`, `0-12`, `5` or `none`."""

    def __init__(self, text):
        low, _, high = text.rstrip("+").partition("-")
        none = low in ("", "none")
        self.low = 1 << 20 if none else int(low)
        self.high = -1 if none else int(high) if high else (1 << 20) if text.endswith("+") else self.low

    def __contains__(self, version):
        return self.low <= version <= self.high


class Field:
    def __init__(self, line):
        name, kind, versions, *rest = line.split()
        self.name, self.versions = name.rstrip(":"), Versions(versions)
        marks = dict(word.partition("=")[::2] for word in rest)
        self.array = kind.startswith("[]")
        self.kind = kind.removeprefix("[]")
        self.nullable = Versions(marks.get("nullable", "none"))
        self.tagged = Versions(marks.get("tagged", "none"))
        self.tag = int(marks["tag"]) if "tag" in marks else None
        self.standard = marks.get("default")
        self.fields = []

    def default(self):
        if self.standard == "null":
            return None
        if self.array:
            return []
        if self.kind not in ZEROS:
            return {field.name: field.default() for field in self.fields}
        if self.standard is None or self.kind == "string":
            return ZEROS[self.kind]
        return self.standard == "true" if self.kind == "bool" else int(self.standard, 0)


class Message:
    """One request or response of the schema files."""

    def __init__(self, lines):
        words = lines[0].split()
        self.name, self.key = words[1], int(words[3])
        self.fields, shared, open_levels = [], {}, {1: None}
        for line in lines[1:]:
            level, text = (len(line) - len(line.lstrip())) // 2, line.strip()
            if level == 1 and text.startswith(("versions ", "flexible ")):
                setattr(self, text.split()[0], Versions(text.split()[1]))
            elif level == 1 and text.startswith(("listeners ", "latest-unstable")):
                continue
            elif level == 1 and text.startswith("struct "):
                open_levels = {2: shared.setdefault(text.split()[1], [])}
            else:
                field = Field(text)
                (self.fields if level == 1 else open_levels[level]).append(field)
                open_levels[level + 1] = field.fields
        self.share(self.fields, shared)

    def share(self, fields, shared):
        for field in fields:
            if field.kind in shared and not field.fields:
                field.fields = shared[field.kind]
            self.share(field.fields, shared)


@functools.cache
def messages():
    """(api name, "request" or "response") to its Message."""
    found = {}
    for path in sorted(SCHEMAS.glob("*.schema")):
        for part in re.split(r"\n(?=request |response )", path.read_text()):
            lines = [line for line in part.splitlines() if line.strip()]
            message = Message(lines)
            role = lines[0].split()[0]
            found[message.name.removesuffix("Request").removesuffix("Response"), role] = message
    return found


# ---- values to bytes and back


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def zigzag(value):
    return varint((value << 1) ^ (value >> 63))


class Answer(dict):
    """A struct's fields, as keys and as attributes."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Writer:
    def __init__(self, version, flexible):
        self.version, self.flexible, self.out = version, flexible, bytearray()

    def length(self, count, kind):
        """Of an array, bytes or string; None is null."""
        if self.flexible:
            self.out += varint(0 if count is None else count + 1)
        else:
            self.out += struct.pack(">h" if kind == "string" else ">i", -1 if count is None else count)

    def fields(self, fields, values):
        unknown = set(values) - {field.name for field in fields}
        assert not unknown, f"no such fields: {unknown}"
        tagged = []
        for field in fields:
            if self.version not in field.versions:
                continue
            value = values.get(field.name, field.default())
            if self.flexible and self.version in field.tagged:
                if value != field.default():
                    inner = Writer(self.version, True)
                    inner.value(field, value)
                    tagged.append((field.tag, bytes(inner.out)))
            else:
                self.value(field, value)
        if self.flexible:
            self.out += varint(len(tagged))
            for tag, data in sorted(tagged):
                self.out += varint(tag) + varint(len(data)) + data

    def value(self, field, value):
        if field.array:
            self.length(None if value is None else len(value), "array")
            for one in value or ():
                self.single(field, one)
        else:
            self.single(field, value)

    def single(self, field, value):
        if field.kind in NUMBERS:
            self.out += struct.pack(">" + NUMBERS[field.kind], value)
        elif field.kind == "uuid":
            self.out += value.bytes
        elif field.kind in ("string", "bytes", "records"):
            data = value.encode() if isinstance(value, str) else value
            self.length(None if data is None else len(data), field.kind)
            self.out += data or b""
        else:
            if self.version in field.nullable and not field.array:
                self.out += b"\xff" if value is None else b"\x01"
            if value is not None:
                self.fields(field.fields, value)


class Reader:
    """Strict: every assertion is something that a client would stumble over."""

    def __init__(self, data, version, flexible):
        self.data, self.place, self.version, self.flexible = data, 0, version, flexible

    def take(self, count):
        assert 0 <= count <= len(self.data) - self.place, f"{count} bytes at {self.place} of {len(self.data)}"
        self.place += count
        return self.data[self.place - count : self.place]

    def number(self, code):
        return struct.unpack(">" + code, self.take(struct.calcsize(code)))[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def length(self, kind):
        if self.flexible:
            return self.varint() - 1
        return self.number("h" if kind == "string" else "i")

    def fields(self, fields):
        answer, tagged = Answer(), {}
        for field in fields:
            if self.version not in field.versions:
                continue
            if self.flexible and self.version in field.tagged:
                tagged[field.tag] = field
                answer[field.name] = field.default()
            else:
                answer[field.name] = self.value(field)
        if self.flexible:
            before = -1
            for _ in range(self.varint()):
                tag, size = self.varint(), self.varint()
                assert before < tag and tag in tagged, f"tag {tag} after {before}"
                end, before = self.place + size, tag
                answer[tagged[tag].name] = value = self.value(tagged[tag])
                assert self.place == end, f"tagged field {tagged[tag].name} has {size} bytes"
                assert value != tagged[tag].default(), f"tagged field {tagged[tag].name} is at its default, and written"
        return answer

    def value(self, field):
        if not field.array:
            return self.single(field)
        count = self.length("array")
        assert count >= 0 or self.version in field.nullable, f"null {field.name}"
        assert count <= len(self.data), f"{count} {field.name}"
        return None if count < 0 else [self.single(field) for _ in range(count)]

    def single(self, field):
        if field.kind in NUMBERS:
            return self.number(NUMBERS[field.kind])
        if field.kind == "uuid":
            return uuid.UUID(bytes=bytes(self.take(16)))
        if field.kind in ("string", "bytes", "records"):
            count = self.length(field.kind)
            assert count >= 0 or self.version in field.nullable, f"null {field.name}"
            data = None if count < 0 else bytes(self.take(count))
            return data.decode() if field.kind == "string" and data is not None else data
        if self.version in field.nullable and not field.array and self.number("b") < 0:
            return None
        return self.fields(field.fields)


# ---- record batches


def batch(values=(b"v",), *, timestamps=None, base_offset=0, leader_epoch=-1, magic=2, attributes=0, producer_id=-1,
          epoch=-1, sequence=-1, count=None, last_delta=None, crc=None, size=None, cut=0, pack=lambda data: data):
    """A batch of format 2. What is named by hand may lie: `crc`, `count`, `last_delta`, `size`; `cut` drops the last bytes."""
    timestamps = timestamps or [int(time.time() * 1000)] * len(values)
    records = b""
    for number, (value, timestamp) in enumerate(zip(values, timestamps)):
        one = b"\0" + zigzag(timestamp - timestamps[0]) + zigzag(number) + zigzag(-1)
        one += zigzag(len(value)) + value + zigzag(0)
        records += zigzag(len(one)) + one
    records = pack(records)
    records = records[: len(records) - cut]
    count = len(values) if count is None else count
    last_delta = len(values) - 1 if last_delta is None else last_delta
    body = struct.pack(">hiqqqhii", attributes, last_delta, timestamps[0], max(timestamps), producer_id, epoch,
                       sequence, count) + records
    crc = crc32c.crc32c(body) if crc is None else crc
    size = len(body) + 9 if size is None else size
    return struct.pack(">qiibI", base_offset, size, leader_epoch, magic, crc) + body


def batches(data):
    """The headers of the batches that are whole, each with its CRC compared."""
    found, place = [], 0
    while len(data) - place >= 61:
        base, size, leader_epoch, magic, crc = struct.unpack(">qiibI", data[place : place + 21])
        if len(data) - place < size + 12:
            break
        body = data[place + 21 : place + 12 + size]
        names = "attributes last_delta first_timestamp max_timestamp producer_id epoch sequence count"
        header = Answer(zip(names.split(), struct.unpack(">hiqqqhii", body[:40])))
        header.update(base_offset=base, size=size + 12, leader_epoch=leader_epoch, magic=magic, records=body[40:])
        assert crc == crc32c.crc32c(body), f"the CRC of the batch at offset {base}"
        found.append(header)
        place += size + 12
    return found


# ---- a connection


class Closed(AssertionError):
    """The node closed the connection where an answer was expected."""


class Wire:
    """One connection, byte by byte or call by call."""

    def __init__(self, node, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", node.port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.correlation = 1000
        self.ids = {}

    # Bytes

    def frame(self, key, version, correlation, body=b"", client=b"\x00\x04test", tags=b""):
        payload = struct.pack(">hhi", key, version, correlation) + client + tags + body
        return struct.pack(">i", len(payload)) + payload

    def send(self, *words, **options):
        self.socket.sendall(self.frame(*words, **options))

    def exactly(self, count):
        data = bytearray()
        while len(data) < count:
            try:
                piece = self.socket.recv(count - len(data))
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise Closed("the node closed the connection")
            data += piece
        return bytes(data)

    def read(self):
        """The correlation id and the rest of the next answer."""
        answer = self.exactly(struct.unpack(">i", self.exactly(4))[0])
        return struct.unpack(">i", answer[:4])[0], answer[4:]

    def closed(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    # Calls

    def request(self, api, version, **fields):
        """Sends a request, by the names of its schema."""
        message = messages()[api, "request"]
        flexible = version in message.flexible
        writer = Writer(version, flexible)
        writer.fields(message.fields, fields)
        self.correlation += 1
        self.send(message.key, version, self.correlation, body=bytes(writer.out), tags=b"\0" if flexible else b"")
        return self.correlation

    def answer(self, api, version, correlation=None):
        """Reads an answer to its last byte."""
        message = messages()[api, "response"]
        echoed, body = self.read()
        assert correlation in (None, echoed)
        flexible = version in message.flexible
        reader = Reader(body, version, flexible)
        if flexible and api != "ApiVersions":
            assert reader.varint() == 0, "no tags in the header"
        answer = reader.fields(message.fields)
        assert reader.place == len(body), f"{len(body) - reader.place} bytes left over in {api} {version}"
        return answer

    def call(self, api, version, **fields):
        return self.answer(api, version, self.request(api, version, **fields))

    # What most tests need

    def create(self, topic, partitions=1, **configs):
        """Creates a topic and waits until it can be used; gives its id."""
        listed = [{"Name": name.replace("_", "."), "Value": str(value)} for name, value in configs.items()]
        answer = self.call("CreateTopics", 7, timeoutMs=15000, Topics=[
            {"Name": topic, "NumPartitions": partitions, "ReplicationFactor": 1, "Configs": listed}])
        assert answer.Topics[0].ErrorCode == 0, answer
        self.ids[topic] = answer.Topics[0].TopicId
        self.usable(topic, range(partitions))
        return self.ids[topic]

    def usable(self, topic, partitions=(0,)):
        """Waits until the node leads them: Kafka says that a topic is there a little before it takes records."""
        deadline = time.monotonic() + 30
        for partition in partitions:
            while (error := self.offset(topic, partition=partition).ErrorCode) != 0:
                assert time.monotonic() < deadline, f"{topic}-{partition} still answers with {error}"
                time.sleep(0.01)

    def coordinator(self, group):
        """Waits until the node coordinates the group: the topic of offsets is made when the first one asks."""
        deadline = time.monotonic() + 30
        while (self.call("FindCoordinator", 3, Key=group, KeyType=0).ErrorCode, self.call("DescribeGroups", 5, Groups=[group]
               ).Groups[0].ErrorCode) != (0, 0):
            assert time.monotonic() < deadline, f"nobody coordinates {group}"
            time.sleep(0.02)

    def produce(self, topic, data, *, version=9, acks=-1, partition=0, transactional_id=None):
        """The answer for the one partition."""
        answer = self.call("Produce", version, TransactionalId=transactional_id, Acks=acks, TimeoutMs=15000, TopicData=[
            {**self.named(topic, version > 12), "PartitionData": [{"Index": partition, "Records": data}]}])
        return answer.Responses[0].PartitionResponses[0]

    def fetch(self, topic, offset, *, version=12, partition=0, wait=0, least=1, most=1 << 25, partition_most=1 << 25,
              isolation=0, session=0, session_epoch=-1):
        """The answer for the one partition."""
        answer = self.call("Fetch", version, MaxWaitMs=wait, MinBytes=least, MaxBytes=most, IsolationLevel=isolation,
                           SessionId=session, SessionEpoch=session_epoch, Topics=[
                               {**self.named(topic, version > 12, "Topic"), "Partitions": [
                                   {"Partition": partition, "FetchOffset": offset, "PartitionMaxBytes": partition_most}]}])
        return answer.Responses[0].Partitions[0]

    def named(self, topic, by_id, field="Name"):
        return {"TopicId": self.ids[topic]} if by_id else {field: topic}

    def offset(self, topic, timestamp=-1, *, version=7, partition=0, isolation=0):
        """ListOffsets for one partition; -1 is the end, -2 the start."""
        answer = self.call("ListOffsets", version, ReplicaId=-1, IsolationLevel=isolation, Topics=[
            {"Name": topic, "Partitions": [{"PartitionIndex": partition, "Timestamp": timestamp}]}])
        return answer.Topics[0].Partitions[0]

    def end(self, topic):
        return self.offset(topic).Offset

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
