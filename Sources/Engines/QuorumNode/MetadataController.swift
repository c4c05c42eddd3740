import Bytes
import ClusterImage
import ControllerRules
import InternalRecords
import LogStore
import Quorum
import Seams
import Settings
import Synchronization
import Telemetry
import Vocabulary

/// What a rule of the controller sees of the moment in which it decides.
package struct ControllerTurn {
    package let rules: ControllerRules
    package let image: ClusterImage
    package var sessions: BrokerSessions
    /// The offset that the first record will get.
    package let nextOffset: Offset
    /// Milliseconds of the node's steady clock, for sessions.
    package let now: Int64
    package let kraftVersion: Int16
    package var random: ChanceGenerator
}

/// Draws from the world's chance.
package struct ChanceGenerator: RandomNumberGenerator {
    let chance: any Chance
    package init(_ chance: any Chance) { self.chance = chance }
    package mutating func next() -> UInt64 { chance.next() }
}

/// The active controller: leads the metadata quorum, decides one request after the other, and changes the cluster's image
/// only by replaying what was appended and made durable.
///
/// Owner: its loop. Calls come from any loop; the image is published by pointer and may be read anywhere.
package final class MetadataController: @unchecked Sendable {
    package let loop: any EventLoop
    package let identity: NodeIdentity
    /// The level that the quorum works at, since this start.
    package let kraftVersion: Int16
    private let world: World
    private let settings: NodeSettings
    private let log: MetadataLog
    private let rules: ControllerRules
    private let published: Mutex<PublishedImage>
    private let logger: Logger

    // On the loop.
    private var quorum: Quorum
    private var sessions: BrokerSessions
    private var isDeciding = false
    private var waiting = Deque<UnsafeContinuation<Void, Never>>()
    private var observer: (@Sendable (ClusterImage, ClusterDelta) async -> Void)?
    private var isStopped = false
    private var lastSnapshot: Instant

    private init(
        _ log: MetadataLog, _ quorum: Quorum, identity: NodeIdentity, settings: NodeSettings, world: World,
        logger: Logger
    ) {
        (self.log, self.quorum, self.identity) = (log, quorum, identity)
        (self.settings, self.world, self.logger) = (settings, world, logger)
        loop = world.loops[0]
        kraftVersion = log.kraftVersion
        rules = ControllerRules(clusterID: identity.clusterID, settings: settings)
        sessions = BrokerSessions(timeoutMs: settings.lifecycle.sessionTimeoutMs)
        published = Mutex(PublishedImage(log.replay.image))
        lastSnapshot = world.clock.now
    }

    /// Opens the metadata log of `directory`, and makes this node the leader of its quorum.
    package static func start(
        in directory: LogDirectory, identity: NodeIdentity, settings: NodeSettings, world: World, logger: Logger
    ) async throws(MetadataError) -> MetadataController {
        let log = try await world.diskPool.perform { () throws(MetadataError) in
            try MetadataLog(in: directory.path, settings: settings, world: world)
        }
        let voters = log.kraftVersion > 0 ? log.voters : nil
        let quorum = Quorum(
            localID: identity.nodeID, localDirectory: directory.id, voters: voters ?? settings.staticVoters,
            kraftVersion: log.kraftVersion, stored: log.readElection(), logEpoch: log.log.latestEpoch)
        let ids = quorum.voters.voters.map(\.id)
        guard quorum.isVoter else { throw .notAVoter(identity.nodeID, ids) }
        guard ids.count == 1 else { throw .severalVoters(ids) }
        let made = MetadataController(log, quorum, identity: identity, settings: settings, world: world, logger: logger)
        try await made.loop.call { () throws(MetadataError) in try await made.lead() }
        return made
    }

    /// The image as far as it is committed.
    package var image: ClusterImage { published.withLock { $0 }.image }
    package var metadataOffset: Offset { image.provenance.lastOffset }

    // MARK: Leading

    private func lead() async throws(MetadataError) {
        for effect in quorum.electionTimedOut() {
            switch effect {
            case .persist(let state):
                try await onDisk { (log) throws(MetadataError) in try log.persist(state) }
            case .requestVotes: break
            case .lead(let epoch): try await begin(epoch)
            }
        }
        sessions.activate(log.replay.newest, now: steadyMilliseconds, gone: [identity.nodeID])
        let activation = rules.activate(
            log.replay.newest, isInTransaction: log.replay.isInTransaction, bootstrap: log.bootstrap)
        try await commit(activation.records, isAtomic: activation.isAtomic)
        watchSessions()
    }

    private func begin(_ epoch: LeaderEpoch) async throws(MetadataError) {
        let now = world.clock.wallClock
        quorum.epochBegan(at: log.log.end)
        do throws(LogError) { try log.log.beginEpoch(epoch) } catch { throw .log(error) }
        var message = LeaderChangeMessage()
        message.leaderId = identity.nodeID.rawValue
        message.voters = quorum.voters.voters.map { Self.voter($0.id) }
        message.grantingVoters = quorum.grantingVoters.map(Self.voter)
        var records: [ControlRecord] = [.leaderChange(message)]
        if log.kraftVersion > 0, log.votersOffset == .none {
            // The voters are known from formatting only: from now on the log says who they are.
            records += [.kraftVersion(log.kraftVersion), .voters(quorum.voters.record)]
        }
        try log.append(control: records, epoch: epoch, now: now)
        try await makeDurable()
    }

    private static func voter(_ id: BrokerID) -> LeaderChangeMessage.Voter {
        var voter = LeaderChangeMessage.Voter()
        voter.voterId = id.rawValue
        return voter
    }

    /// Syncs the log, and counts it: with one voter that commits.
    private func makeDurable() async throws(MetadataError) {
        let now = world.clock.wallClock
        let end = log.log.end
        try await onDisk { (log) throws(MetadataError) in try log.flush(now) }
        if quorum.replicated(identity.nodeID, to: end) { log.log.raiseHighWatermark(to: quorum.highWatermark) }
    }

    private func onDisk(_ work: @escaping @Sendable (MetadataLog) throws(MetadataError) -> Void)
        async throws(MetadataError)
    {
        let log = log
        try await world.diskPool.perform { () throws(MetadataError) in try work(log) }
    }

    private var steadyMilliseconds: Int64 { world.clock.now.nanoseconds / 1_000_000 }

    // MARK: Deciding

    /// Lets `rule` decide, appends its records, waits until they are committed and applied, and gives its answer.
    package func decide<Response: Sendable>(
        _ rule: @escaping @Sendable (inout ControllerTurn) -> Decision<Response>
    ) async throws(MetadataError) -> Response {
        try await loop.call { [self] () throws(MetadataError) in
            await enter()
            defer { leave() }
            guard !isStopped else { throw .stopped }
            var turn = ControllerTurn(
                rules: rules, image: log.replay.newest, sessions: sessions, nextOffset: log.log.end,
                now: steadyMilliseconds, kraftVersion: log.kraftVersion, random: ChanceGenerator(world.chance))
            let decision = rule(&turn)
            sessions = turn.sessions
            try await commit(decision.records, isAtomic: decision.isAtomic)
            return decision.response
        }
    }

    /// Notes a heartbeat at once, before it waits for its turn.
    package func heard(from broker: BrokerID, epoch: Int64) {
        loop.post { [self] in sessions.heard(from: broker, epoch: epoch, now: steadyMilliseconds) }
    }

    /// One decision at a time, in the order of arrival.
    private func enter() async {
        // Looked at inside: on the way there the task may give up its turn, and who was at it may leave meanwhile.
        await withUnsafeContinuation { continuation in
            if isDeciding {
                waiting.append(continuation)
            } else {
                isDeciding = true
                continuation.resume()
            }
        }
    }

    private func leave() {
        if let next = waiting.popFirst() { next.resume() } else { isDeciding = false }
    }

    /// Records of one batch, when they need not be atomic.
    private static let batchRecords = 10_000

    private func commit(_ records: [VersionedRecord], isAtomic: Bool) async throws(MetadataError) {
        var rest = records[...]
        while !rest.isEmpty {
            let batch = Array(isAtomic ? rest : rest.prefix(Self.batchRecords))
            rest = rest.dropFirst(batch.count)
            let now = world.clock.wallClock
            let last = try log.append(batch, epoch: quorum.epoch, now: now)
            try await makeDurable()
            try log.committed(batch, last: last, epoch: quorum.epoch, now: now)
            await publish()
        }
        if log.bytesSinceSnapshot >= settings.metadataLog.maxRecordBytesBetweenSnapshots { try await snapshot() }
    }

    private func publish() async {
        guard !log.replay.isInTransaction else { return }
        let (image, delta) = log.replay.takeDelta()
        published.withLock { $0 = PublishedImage(image) }
        await observer?(image, delta)
    }

    /// From now on `observer` is told of every new image, one after the other; first of the present one as a whole. What a
    /// request has changed is applied by the observer before the request is answered.
    package func observe(
        _ observer: @escaping @Sendable (ClusterImage, ClusterDelta) async -> Void
    ) async {
        await loop.call { [self] in
            await enter()
            defer { leave() }
            self.observer = observer
            await observer(image, ClusterDelta.between(.empty, image))
        }
    }

    // MARK: From time to time

    private func snapshot() async throws(MetadataError) {
        let (image, now, retention) = (log.replay.image, world.clock.wallClock, settings.metadataLog)
        lastSnapshot = world.clock.now
        try await onDisk { (log) throws(MetadataError) in
            try log.writeSnapshot(of: image, now: now, keeping: retention)
        }
    }

    /// Fences brokers that have fallen silent, every eighth of a session, and takes a snapshot when one is due by time.
    private func watchSessions() {
        let pause = Nanoseconds.milliseconds(max(1, Int64(settings.lifecycle.sessionTimeoutMs) / 8))
        loop.spawn { [self] in
            while true {
                await loop.sleep(for: pause)
                if isStopped { return }
                await fenceSilentBrokers()
                await snapshotIfDue()
            }
        }
    }

    private func fenceSilentBrokers() async {
        while let next = sessions.nextExpiry, next <= steadyMilliseconds, !isStopped {
            let fenced = try? await decide { turn -> Decision<BrokerID?> in
                let decision = turn.rules.fenceSilentBroker(image: turn.image, sessions: &turn.sessions, now: turn.now)
                return Decision(decision?.response, records: decision?.records ?? [], isAtomic: false)
            }
            guard let id = fenced ?? nil else { return }
            logger.log(.warn, "a broker is silent for longer than its session and is fenced", [LogField("broker", id)])
        }
    }

    private func snapshotIfDue() async {
        let interval = settings.metadataLog.maxSnapshotIntervalMs
        guard interval > 0, log.bytesSinceSnapshot > 0, world.clock.now - lastSnapshot >= .milliseconds(interval) else {
            return
        }
        await enter()
        defer { leave() }
        do throws(MetadataError) { try await snapshot() } catch {
            logger.log(.error, "a snapshot of the metadata could not be written", [LogField("error", "\(error)")])
        }
    }

    /// Takes no more requests, and closes the log.
    package func stop() async {
        await loop.call { [self] in
            await enter()
            defer { leave() }
            guard !isStopped else { return }
            isStopped = true
            observer = nil
            let log = log.log
            try? await world.diskPool.perform { () throws(LogError) in try log.close() }
        }
    }

    // MARK: Looking

    package func describe() async -> QuorumDescription {
        await loop.call { [self] in
            QuorumDescription(
                leader: identity.nodeID, epoch: quorum.epoch, highWatermark: quorum.highWatermark,
                voters: quorum.voters, end: log.log.end, localDirectory: quorum.localDirectory,
                kraftVersion: log.kraftVersion)
        }
    }
}

/// What DescribeQuorum shows.
package struct QuorumDescription: Sendable {
    package let leader: BrokerID
    package let epoch: LeaderEpoch
    package let highWatermark: Offset
    package let voters: VoterSet
    package let end: Offset
    package let localDirectory: UUID128
    package let kraftVersion: Int16
}

/// An image behind one pointer.
private final class PublishedImage: Sendable {
    let image: ClusterImage
    init(_ image: ClusterImage) { self.image = image }
}

extension NodeSettings {
    /// `controller.quorum.voters`; without it a directory that was formatted for one node alone.
    var staticVoters: VoterSet {
        let name = listeners.controllerNames.first ?? "CONTROLLER"
        return VoterSet(
            quorum.voters.map {
                Voter(
                    id: $0.id,
                    endpoints: [
                        Voter.Endpoint(name: name, host: $0.address.host, port: UInt16(clamping: $0.address.port))
                    ])
            })
    }
}
