"""kcat: what a user's first five minutes are made of."""

import time

import pytest

from node import run

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def produce(node, topic, text, *options):
    run("kcat", "-b", node.bootstrap, "-t", topic, "-P", *options, stdin=text)


def consume(node, topic, *options):
    return run("kcat", "-b", node.bootstrap, "-t", topic, "-C", "-e", "-q", "-X", "check.crcs=true", *options)


def test_lists_a_topic_that_was_created_by_producing(node, topic):
    produce(node, topic, "one\n")
    listing = run("kcat", "-b", node.bootstrap, "-L", "-t", topic)
    assert f'topic "{topic}" with 1 partitions' in listing
    assert f"at {node.bootstrap} (controller)" in listing


@pytest.mark.parametrize("codec", CODECS)
def test_produces_and_consumes_with_codec(node, topic, codec):
    lines = "".join(f"line {number} of a text that packs well\n" for number in range(1000))
    produce(node, topic, lines, "-z", codec)
    assert consume(node, topic) == lines


@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_acks(node, topic, acks):
    produce(node, topic, "first\n", "-X", "acks=all")
    produce(node, topic, "second\n", "-X", f"acks={acks}")
    deadline = time.monotonic() + 10
    while (text := consume(node, topic)) == "first\n" and time.monotonic() < deadline:
        time.sleep(0.05)  # acks=0 does not say when the record is there
    assert text == "first\nsecond\n"


def test_keys_headers_and_offsets(node, topic):
    produce(node, topic, "k1:v1\nk2:v2\n", "-K", ":", "-H", "colour=blue", "-H", "empty=")
    assert consume(node, topic, "-f", "%o %k %s %h\n") == "0 k1 v1 colour=blue,empty=\n1 k2 v2 colour=blue,empty=\n"


def test_seeks_by_offset_and_by_time(node, topic):
    produce(node, topic, "a\nb\nc\n")
    time.sleep(0.02)
    middle = int(time.time() * 1000)
    time.sleep(0.02)
    produce(node, topic, "d\ne\n")
    assert consume(node, topic, "-o", "2") == "c\nd\ne\n"
    assert consume(node, topic, "-o", "-1") == "e\n"
    assert consume(node, topic, "-p", "0", "-o", f"s@{middle}") == "d\ne\n"
    assert run("kcat", "-b", node.bootstrap, "-Q", "-t", f"{topic}:0:{middle}").strip() == f"{topic} [0] offset 3"


def test_idempotent_producer(node, topic):
    lines = "".join(f"{number}\n" for number in range(5000))
    produce(node, topic, lines, "-X", "enable.idempotence=true", "-X", "batch.num.messages=50")
    assert consume(node, topic) == lines
