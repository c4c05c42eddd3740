import itertools

import pytest

import node as nodes
from wire import Wire

_names = itertools.count(1)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Puts the end of every node's log beside a failure."""
    report = (yield).get_result()
    if report.failed:
        for name in ("node", "make_node"):
            for one in getattr(item.funcargs.get(name), "all", [item.funcargs.get(name)]):
                if isinstance(one, nodes.Node):
                    report.sections.append((f"log of the node at {one.directory}", one.tail()))


def pytest_collection_modifyitems(items):
    if nodes.kafka_home() is None:
        for item in items:
            if item.get_closest_marker("java"):
                item.add_marker(pytest.mark.skip(reason="no Apache Kafka here (Java 17 and KAFKA_HOME)"))


@pytest.fixture(scope="session")
def node(tmp_path_factory):
    """The node that most tests share; each takes topics of its own."""
    one = nodes.Node(tmp_path_factory.mktemp("node")).start()
    yield one
    one.close()


@pytest.fixture
def make_node(tmp_path):
    """Makes nodes of a test's own; they end with it."""

    class Maker:
        all = []

        def __call__(self, **settings):
            one = nodes.Node(tmp_path / f"node-{len(self.all)}", **settings)
            self.all = self.all + [one]
            return one

    maker = Maker()
    yield maker
    for one in maker.all:
        one.close()


@pytest.fixture
def topic():
    """A topic name that no other test has."""
    return f"topic-{next(_names)}"


@pytest.fixture
def wire(node):
    """A connection to the shared node."""
    with Wire(node) as one:
        yield one
