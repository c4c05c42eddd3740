"""librdkafka as a load client, called through its C API.

The library is the one inside the confluent-kafka wheel. Python makes one call for ten thousand records and none for a record, so
that the client costs what librdkafka costs.
"""

import ctypes as c
import functools
import gc
import json
import pathlib
import random
import threading
import time

import confluent_kafka

RECORD = 1024
BATCH = 10_000  # records that one call hands over
BYTES = bytes((7 * n * n + n) % 251 for n in range(RECORD))  # a payload nobody looks into


class Message(c.Structure):
    """rd_kafka_message_t"""

    _fields_ = [("err", c.c_int), ("rkt", c.c_void_p), ("partition", c.c_int32), ("payload", c.c_void_p),
                ("len", c.c_size_t), ("key", c.c_void_p), ("key_len", c.c_size_t), ("offset", c.c_int64),
                ("private", c.c_void_p)]


def load():
    place = pathlib.Path(confluent_kafka.__file__).parent.parent / "confluent_kafka.libs"
    bundled = sorted(place.glob("librdkafka-*.so*"))
    library = c.CDLL(str(bundled[0]) if bundled else "librdkafka.so.1")
    pointer, number, text = c.c_void_p, c.c_int, c.c_char_p
    for name, result, *words in [
        ("version_str", text), ("conf_new", pointer), ("conf_set", number, pointer, text, text, text, c.c_size_t),
        ("conf_set_events", None, pointer, number), ("new", pointer, number, pointer, text, c.c_size_t),
        ("topic_new", pointer, pointer, text, pointer), ("topic_destroy", None, pointer), ("destroy", None, pointer),
        ("produce_batch", number, pointer, c.c_int32, number, c.POINTER(Message), number),
        ("flush", number, pointer, number), ("outq_len", number, pointer),
        ("query_watermark_offsets", number, pointer, text, c.c_int32, c.POINTER(c.c_int64), c.POINTER(c.c_int64), number),
        ("queue_new", pointer, pointer), ("queue_get_main", pointer, pointer), ("queue_destroy", None, pointer),
        ("queue_poll", pointer, pointer, number), ("event_type", number, pointer), ("event_destroy", None, pointer),
        ("event_message_array", c.c_size_t, pointer, c.POINTER(c.POINTER(Message)), c.c_size_t),
        ("consume_start_queue", number, pointer, c.c_int32, c.c_int64, pointer), ("consume_stop", number, pointer, c.c_int32),
        ("consume_callback_queue", number, pointer, number, pointer, pointer),
    ]:
        function = getattr(library, "rd_kafka_" + name)
        function.restype, function.argtypes = result, words
    return library


library = load()
PRODUCER, CONSUMER = 0, 1
BLOCK, TO_PARTITION = 4, 8  # RD_KAFKA_MSG_F_BLOCK, RD_KAFKA_MSG_F_PARTITION
DELIVERY_REPORTS = 1  # RD_KAFKA_EVENT_DR


class Client:
    def __init__(self, kind, bootstrap, topic, settings, events=0):
        why = c.create_string_buffer(512)
        conf = library.rd_kafka_conf_new()
        for name, value in {"bootstrap.servers": bootstrap, "log_level": 4, **settings}.items():
            assert library.rd_kafka_conf_set(conf, name.encode(), str(value).encode(), why, 512) == 0, why.value.decode()
        if events:
            library.rd_kafka_conf_set_events(conf, events)
        self.handle = library.rd_kafka_new(kind, conf, why, 512)
        assert self.handle, why.value.decode()
        self.name = topic
        self.topic = library.rd_kafka_topic_new(self.handle, topic.encode(), None)

    def ends(self, partitions):
        """The end offsets, which say what is acknowledged and stored."""
        low, high = c.c_int64(), c.c_int64()
        found = []
        for partition in range(partitions):
            deadline = time.monotonic() + 30
            # A topic that was created just now may be without a leader for a moment.
            while error := library.rd_kafka_query_watermark_offsets(self.handle, self.name.encode(), partition, low, high, 30000):
                assert time.monotonic() < deadline, f"error {error} when asked for the end of partition {partition}"
                time.sleep(0.01)
            found.append(high.value)
        return found

    def close(self):
        library.rd_kafka_topic_destroy(self.topic)
        library.rd_kafka_destroy(self.handle)


def messages(count, partitions, payloads=1):
    """An array of records that point at `payloads` payloads, which live as long as the array and are never copied."""
    kept = [c.create_string_buffer(text, RECORD) for text in (texts(payloads) if payloads > 1 else [BYTES])]
    made = (Message * count)()
    for number, one in enumerate(made):
        one.payload, one.len, one.partition = c.addressof(kept[number % payloads]), RECORD, number % partitions
    made.keep = kept
    return made


@functools.cache
def texts(count):
    """Records as services write them, which a codec brings to about a third: names that return, values that do not."""
    chance, made = random.Random(1), []
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9))) for _ in range(600)]
    for number in range(count):
        fields = {"event": number, "user": chance.getrandbits(48), "trace": f"{chance.getrandbits(128):032x}"}
        while len(text := json.dumps(fields)) < RECORD:
            fields[chance.choice(words)] = " ".join(chance.choices(words, k=4))
        made.append(text[:RECORD].encode())
    return made


class Round:
    """What a round moved, and in which time."""

    def __init__(self, records, seconds):
        self.records, self.seconds, self.bytes = records, seconds, records * RECORD


def produce(bootstrap, topic, partitions, seconds, limit_bytes, codec="none"):
    """As fast as it goes, acks=all; the records count when the node has acknowledged the last. Uncompressed records are all
    the same bytes, as nobody looks into them; for a codec they are ten thousand different texts."""
    client = Client(PRODUCER, bootstrap, topic, {
        "linger.ms": 20, "batch.size": 1_000_000, "queue.buffering.max.kbytes": 131_072,
        "queue.buffering.max.messages": 200_000, "acks": "all", "compression.codec": codec})
    array, sent = messages(BATCH, partitions, 1 if codec == "none" else BATCH), 0
    client.ends(partitions)  # connected, and all leaders known
    begun = time.monotonic()
    while time.monotonic() - begun < seconds and sent * RECORD < limit_bytes:
        taken = library.rd_kafka_produce_batch(client.topic, 0, BLOCK | TO_PARTITION, array, BATCH)
        assert taken == BATCH, f"{taken} of {BATCH} records were taken"
        sent += taken
    while library.rd_kafka_outq_len(client.handle) > 0:
        assert time.monotonic() - begun < seconds + 120, "records are still not acknowledged after two minutes"
        time.sleep(0.001)
    took = time.monotonic() - begun
    stored = sum(client.ends(partitions))
    client.close()
    assert stored == sent, f"{sent} records were sent and {stored} are there"
    return Round(sent, took)


def consume(bootstrap, topic, partitions):
    """All of the topic's records, from its start to its end."""
    client = Client(CONSUMER, bootstrap, topic, {
        "group.id": "bench", "fetch.wait.max.ms": 100, "queued.max.messages.kbytes": 262_144,
        "queued.min.messages": 200_000, "fetch.message.max.bytes": 4_194_304})
    expected = sum(client.ends(partitions))
    queue = library.rd_kafka_queue_new(client.handle)
    # librdkafka wants a function to call for each record: one of its own that does nothing saves a call into Python.
    nothing = c.cast(library.rd_kafka_version, c.c_void_p)
    seen, begun = 0, time.monotonic()
    for partition in range(partitions):
        assert library.rd_kafka_consume_start_queue(client.topic, partition, 0, queue) == 0
    while seen < expected:
        seen += library.rd_kafka_consume_callback_queue(queue, 100, nothing, None)
        assert time.monotonic() - begun < 300, f"{seen} of {expected} records came within five minutes"
    took = time.monotonic() - begun
    for partition in range(partitions):
        library.rd_kafka_consume_stop(client.topic, partition)
    library.rd_kafka_queue_destroy(queue)
    client.close()
    return Round(seen, took)


def paced(bootstrap, topic, partitions, seconds, rate, skip):
    """Latencies in seconds, from when a record was due to when its delivery was reported; those of the first `skip` seconds are
    left out. A tick that comes late makes its records late too: nothing is hidden by a client that waits."""
    client = Client(PRODUCER, bootstrap, topic, {"linger.ms": 1, "acks": "all", "queue.buffering.max.messages": 1_000_000},
                    events=DELIVERY_REPORTS)
    client.ends(partitions)
    tick = 0.001
    arrays = [messages(int(rate * tick), 1) for _ in range(partitions)]
    for partition, array in enumerate(arrays):
        for one in array:
            one.partition = partition
    queue = library.rd_kafka_queue_get_main(client.handle)
    latencies, done = [], threading.Event()

    def reports():
        found = (c.POINTER(Message) * 4096)()
        while not done.is_set():
            event = library.rd_kafka_queue_poll(queue, 50)
            if not event:
                continue
            if library.rd_kafka_event_type(event) == DELIVERY_REPORTS:
                while count := library.rd_kafka_event_message_array(event, found, 4096):
                    now = time.monotonic_ns()
                    for number in range(count):
                        message = found[number][0]
                        assert message.err == 0, f"delivery failed with {message.err}"
                        latencies.append((now, now - message.private))
            library.rd_kafka_event_destroy(event)

    reader = threading.Thread(target=reports, daemon=True)
    gc.collect()
    gc.disable()
    reader.start()
    begun, ticks = time.monotonic(), int(seconds / tick)
    for number in range(ticks):
        due = begun + number * tick
        late = due - time.monotonic()
        if late > 0:
            time.sleep(late)
        array, stamp = arrays[number % partitions], int(due * 1e9)
        for one in array:
            one.private = stamp
        taken = library.rd_kafka_produce_batch(client.topic, 0, BLOCK | TO_PARTITION, array, len(array))
        assert taken == len(array)
    took = time.monotonic() - begun
    expected, deadline = ticks * len(arrays[0]), time.monotonic() + 60
    while len(latencies) < expected:
        assert time.monotonic() < deadline and reader.is_alive(), f"{len(latencies)} of {expected} records are acknowledged"
        time.sleep(0.01)
    done.set()
    reader.join()
    gc.enable()
    library.rd_kafka_queue_destroy(queue)
    client.close()
    from_now_on = int((begun + skip) * 1e9)
    kept = sorted(latency / 1e9 for now, latency in latencies if now - latency >= from_now_on)
    return kept, expected / took
