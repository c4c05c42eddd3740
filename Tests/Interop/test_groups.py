"""Classic groups, call by call: what a consumer never shows and a coordinator has to hold to."""

import struct
import time

import pytest

from node import SERVER
from wire import Wire

ILLEGAL_GENERATION, UNKNOWN_MEMBER, INVALID_SESSION, REBALANCE, INVALID_GROUP = 22, 25, 26, 27, 24
NON_EMPTY, MEMBER_ID_REQUIRED, FENCED_INSTANCE, INCONSISTENT_PROTOCOL = 68, 79, 82, 23


class Member:
    """One member with a connection of its own, since its JoinGroup may have to wait."""

    def __init__(self, node, group, *, session=30000, rebalance=30000, instance=None, protocols=("range",), kind="consumer",
                 metadata=b"", version=9):
        self.wire, self.group, self.instance, self.version = Wire(node, timeout=60), group, instance, version
        self.kind, self.id, self.generation = kind, "", -1
        self.asked = {"SessionTimeoutMs": session, "RebalanceTimeoutMs": rebalance, "ProtocolType": kind,
                      "Protocols": [{"Name": name, "Metadata": metadata} for name in protocols]}
        self.wire.coordinator(group)

    def named(self, version, since):
        return {"GroupInstanceId": self.instance} if version >= since else {}

    def ask_to_join(self):
        self.wire.request("JoinGroup", self.version, GroupId=self.group, MemberId=self.id, GroupInstanceId=self.instance,
                          **self.asked)

    def joined(self):
        answer = self.wire.answer("JoinGroup", self.version)
        if answer.ErrorCode == 0:
            self.id, self.generation = answer.MemberId, answer.GenerationId
            self.leads = answer.Leader == self.id
        return answer

    def join(self):
        """Joins; a new dynamic member first gets its id, as clients since 2.2 do."""
        self.ask_to_join()
        answer = self.joined()
        if answer.ErrorCode == MEMBER_ID_REQUIRED:
            self.id = answer.MemberId
            self.ask_to_join()
            answer = self.joined()
        assert answer.ErrorCode == 0, answer
        return answer

    def take_id(self):
        self.ask_to_join()
        answer = self.joined()
        assert answer.ErrorCode == MEMBER_ID_REQUIRED and answer.MemberId
        self.id = answer.MemberId
        return self

    def ask_to_sync(self, **assignments):
        self.wire.request("SyncGroup", 5, GroupId=self.group, GenerationId=self.generation, MemberId=self.id,
                          GroupInstanceId=self.instance, ProtocolType=self.kind,
                          ProtocolName=self.asked["Protocols"][0]["Name"], Assignments=[
                              {"MemberId": member, "Assignment": plan} for member, plan in assignments.items()])

    def sync(self, **assignments):
        self.ask_to_sync(**assignments)
        return self.wire.answer("SyncGroup", 5)

    def heartbeat(self):
        return self.wire.call("Heartbeat", 4, GroupId=self.group, GenerationId=self.generation, MemberId=self.id,
                              GroupInstanceId=self.instance).ErrorCode

    def leave(self):
        [one] = self.wire.call("LeaveGroup", 5, GroupId=self.group, Members=[
            {"MemberId": self.id, "GroupInstanceId": self.instance}]).Members
        return one.ErrorCode

    def commit(self, topic, offset):
        answer = self.wire.call("OffsetCommit", 8, GroupId=self.group, GenerationIdOrMemberEpoch=self.generation,
                                MemberId=self.id, GroupInstanceId=self.instance, Topics=[{"Name": topic, "Partitions": [
                                    {"PartitionIndex": 0, "CommittedOffset": offset}]}])
        return answer.Topics[0].Partitions[0].ErrorCode


def describe(wire, group, version=5):
    [one] = wire.call("DescribeGroups", version, Groups=[group]).Groups
    return one


def until(what, condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def group(topic):
    return f"group-of-{topic}"


def pair(node, group, **settings):
    """Two members in a stable group, the first leads."""
    one, two = Member(node, group, **settings), Member(node, group, **settings)
    one.join()
    one.sync(**{one.id: b"all"})
    two.take_id().ask_to_join()
    until("the leader hears of it", lambda: one.heartbeat() == REBALANCE)
    one.ask_to_join()
    answers = one.joined(), two.joined()
    assert [answer.ErrorCode for answer in answers] == [0, 0] and one.generation == two.generation
    assert one.leads and sorted(each.MemberId for each in answers[0].Members) == sorted([one.id, two.id])
    assert answers[1].Members == [], "only the leader is told who is there"
    two.ask_to_sync()
    assert one.sync(**{one.id: b"one", two.id: b"two"}).Assignment == b"one"
    assert two.wire.answer("SyncGroup", 5).Assignment == b"two"
    return one, two


def test_two_members_come_and_go(node, wire, group):
    one, two = pair(node, group)
    assert (one.heartbeat(), two.heartbeat()) == (0, 0)
    found = describe(wire, group)
    assert (found.GroupState, found.ProtocolType, found.ProtocolData) == ("Stable", "consumer", "range")
    assert {each.MemberId: each.MemberAssignment for each in found.Members} == {one.id: b"one", two.id: b"two"}
    assert all(each.ClientHost == "/127.0.0.1" and each.ClientId == "test" for each in found.Members)
    assert two.leave() == 0
    until("the other hears of it", lambda: one.heartbeat() == REBALANCE)
    before = one.generation
    assert [each.MemberId for each in one.join().Members] == [one.id] and one.generation == before + 1
    assert two.heartbeat() == UNKNOWN_MEMBER
    assert one.leave() == 0 and describe(wire, group).GroupState == "Empty"
    assert wire.call("DeleteGroups", 2, GroupsNames=[group]).Results[0].ErrorCode == 0
    assert describe(wire, group).GroupState == "Dead"


def test_wrong_ids_generations_and_protocols(node, group):
    one = Member(node, group)
    one.join()
    one.sync(**{one.id: b""})
    right = one.generation
    one.generation = right + 1
    assert (one.heartbeat(), one.sync().ErrorCode) == (ILLEGAL_GENERATION, ILLEGAL_GENERATION)
    one.generation, name = right, one.id
    one.id = "nobody"
    assert (one.heartbeat(), one.leave(), one.sync().ErrorCode) == (UNKNOWN_MEMBER,) * 3
    one.ask_to_join()
    assert one.joined().ErrorCode == UNKNOWN_MEMBER
    one.id = name
    for settings, error in (({"session": 1}, INVALID_SESSION), ({"session": 1 << 30}, INVALID_SESSION),
                            ({"protocols": ("other",)}, INCONSISTENT_PROTOCOL), ({"kind": "connect"}, INCONSISTENT_PROTOCOL)):
        other = Member(node, group, **settings)
        other.ask_to_join()
        assert other.joined().ErrorCode == error, settings
    assert one.heartbeat() == 0, "none of that moved the group"


def test_commits_are_held_to_member_and_generation(node, wire, topic, group):
    wire.create(topic)
    one = Member(node, group)
    one.join()
    one.sync(**{one.id: b""})
    assert one.commit(topic, 5) == 0
    one.generation += 1
    assert one.commit(topic, 6) == ILLEGAL_GENERATION
    one.generation, one.id = one.generation - 1, "nobody"
    assert one.commit(topic, 6) == UNKNOWN_MEMBER
    one.id, one.generation = "", -1
    assert one.commit(topic, 6) == UNKNOWN_MEMBER, "a simple consumer may not commit while the group has members"
    [found] = wire.call("OffsetFetch", 7, GroupId=group, Topics=[{"Name": topic, "PartitionIndexes": [0]}]
                        ).Topics[0].Partitions
    assert found.CommittedOffset == 5
    answer = wire.call("DeleteGroups", 2, GroupsNames=[group, "not-there"])
    assert {each.GroupId: each.ErrorCode for each in answer.Results} == {group: NON_EMPTY, "not-there": 69}


def test_a_silent_member_is_dropped(node, group):
    one, two = pair(node, group, session=6000, rebalance=6000)
    begun = time.monotonic()
    until("the one that speaks is told", lambda: one.heartbeat() == REBALANCE)
    assert time.monotonic() - begun >= 4, "not before the session's end"
    assert [each.MemberId for each in one.join().Members] == [one.id]
    assert two.heartbeat() == UNKNOWN_MEMBER


def test_04_a_member_that_never_syncs_is_dropped(node, group):
    one, two = Member(node, group, rebalance=4000), Member(node, group, rebalance=4000)
    one.join()
    one.sync(**{one.id: b""})
    two.take_id().ask_to_join()
    until("a rebalance", lambda: one.heartbeat() == REBALANCE)
    one.ask_to_join()
    one.joined(), two.joined()
    one.sync(**{one.id: b"one", two.id: b"two"})
    until("it is dropped", lambda: two.heartbeat() == UNKNOWN_MEMBER)
    until("and the other is told", lambda: one.heartbeat() == REBALANCE)


def test_05_an_id_that_is_never_used_does_not_hold_the_group(node, wire, group):
    gone = Member(node, group, session=6000)
    gone.take_id().wire.socket.close()
    one = Member(node, group, session=6000, rebalance=6000)
    assert [each.MemberId for each in one.join().Members] == [one.id]
    assert one.sync(**{one.id: b"all"}).Assignment == b"all"
    assert describe(wire, group).GroupState == "Stable"


def test_07_two_old_members_have_time_to_join(node, group):
    one, two = (Member(node, group, session=10000, version=0) for _ in "ab")
    assert one.join().GenerationId == 1
    one.ask_to_sync(**{one.id: b""})
    one.wire.answer("SyncGroup", 5)
    two.ask_to_join()
    until("a rebalance", lambda: one.heartbeat() == REBALANCE)
    one.ask_to_join()
    assert (one.joined().GenerationId, two.joined().GenerationId) == (2, 2)


def test_01_a_static_member_comes_back_without_a_rebalance(node, wire, group):
    one = Member(node, group, instance="first")
    one.join()
    one.sync(**{one.id: b"mine"})
    again = Member(node, group, instance="first")
    answer = again.join()
    assert again.generation == one.generation and again.id != one.id
    assert answer.SkipAssignment or answer.Leader != again.id or answer.Members
    assert again.sync().Assignment == b"mine"
    assert again.heartbeat() == 0 and one.heartbeat() == FENCED_INSTANCE
    [member] = describe(wire, group).Members
    assert (member.MemberId, member.GroupInstanceId) == (again.id, "first")
    # Whoever administers the group may remove it by its instance alone.
    [removed] = wire.call("LeaveGroup", 5, GroupId=group, Members=[{"MemberId": "", "GroupInstanceId": "first"}]).Members
    assert removed.ErrorCode == 0 and describe(wire, group).GroupState == "Empty"


def test_11_a_commit_without_a_retention_stays(make_node, topic):
    node = make_node(offsets_retention_check_interval_ms=200).start()
    with Wire(node) as wire:
        wire.create(topic)
        wire.coordinator("group")
        for version in (2, 3, 4, 8):
            answer = wire.call("OffsetCommit", version, GroupId="group", Topics=[{"Name": topic, "Partitions": [
                {"PartitionIndex": 0, "CommittedOffset": version}]}])
            assert answer.Topics[0].Partitions[0].ErrorCode == 0
            time.sleep(1)  # some rounds of expiry: the offset would be gone, and is not if all is well
            [found] = wire.call("OffsetFetch", 7, GroupId="group", Topics=[{"Name": topic, "PartitionIndexes": [0]}]
                                ).Topics[0].Partitions
            assert found.CommittedOffset == version


def test_13_commits_go_with_their_topic(wire, topic, group):
    wire.create(topic)
    wire.coordinator(group)
    commit = {"GroupId": group, "Topics": [{"Name": topic, "Partitions": [{"PartitionIndex": 0, "CommittedOffset": 10}]}]}
    assert wire.call("OffsetCommit", 8, **commit).Topics[0].Partitions[0].ErrorCode == 0

    def committed():
        [found] = wire.call("OffsetFetch", 7, GroupId=group, Topics=[{"Name": topic, "PartitionIndexes": [0]}]
                            ).Topics[0].Partitions
        return found.CommittedOffset

    assert committed() == 10
    wire.call("DeleteTopics", 6, TimeoutMs=15000, Topics=[{"Name": topic}])
    until("forgotten", lambda: committed() == -1)
    wire.create(topic)
    assert committed() == -1


@pytest.mark.parametrize("version", range(0, 7))
def test_14_a_missing_group_is_dead(wire, version):
    wire.coordinator("not-there")
    found = describe(wire, "not-there", version)
    assert (found.GroupState, found.ErrorCode) == ("Dead", 69 if version > 5 else 0)


@pytest.mark.skipif(SERVER == "apache", reason="Apache Kafka 4.3.1 lets the member hang (KAFKA-20570)")
def test_23_member_metadata_that_means_nothing_harms_nobody(node, wire, group):
    nonsense = struct.pack(">hi", 1, -7) + b"\xff" * 20
    one = Member(node, group, metadata=nonsense)
    assert one.join().Members[0].Metadata == nonsense
    assert one.sync(**{one.id: b"\xff\xff"}).Assignment == b"\xff\xff"
    assert describe(wire, group).Members[0].MemberMetadata == nonsense
    assert one.heartbeat() == 0


def test_groups_are_listed_by_state_and_type(node, wire, group):
    one = Member(node, group)
    one.join()
    one.sync(**{one.id: b""})

    def listed(**filters):
        return {each.GroupId: (each.ProtocolType, each.GroupState, each.GroupType)
                for each in wire.call("ListGroups", 5, **filters).Groups}

    assert listed()[group] == ("consumer", "Stable", "classic")
    assert group in listed(StatesFilter=["Stable", "Empty"]) and group not in listed(StatesFilter=["Empty"])
    assert group in listed(TypesFilter=["classic"]) and group not in listed(TypesFilter=["consumer"])


def test_a_rebalance_outlives_the_one_who_waits_in_it(node, group):
    """A member whose connection ends while its JoinGroup waits leaves no stuck group behind."""
    one, two = Member(node, group, session=6000, rebalance=6000), Member(node, group, session=6000, rebalance=6000)
    one.join()
    one.sync(**{one.id: b""})
    two.take_id().ask_to_join()
    until("a rebalance", lambda: one.heartbeat() == REBALANCE)
    two.wire.socket.close()

    def alone():
        members = [each.MemberId for each in one.join().Members]
        one.sync(**{one.id: b"all"})
        return members == [one.id]

    until("alone again", alone)
