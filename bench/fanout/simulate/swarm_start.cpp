#include <algorithm>

#include "bench/fanout/simulate/swarm_model.hpp"

// How a simulated swarm comes about: who starts when, whom the tracker tells it of, who dies.
namespace shoal::simulate {
namespace {

using Kind = Event::Kind;

// Ethernet, IPv4 and TCP with timestamps around each segment.
constexpr double kHeader = 14 + 20 + 32;
// An ACK waits so long for a second segment (Linux's delayed ACK), in seconds.
constexpr double kAckWaits = 0.04;
// A block's request: 17 bytes in a packet of its own.
constexpr double kRequest = 17 + kHeader;
constexpr double kBlock = 16 << 10;
constexpr double kHave = 9;
// For each HAVE, and for every second one "interested" and "not interested" around the piece's transfer:
// where everybody waits for the next piece, one that a neighbour gets is news to half of its neighbours.
constexpr double kMessagesAHave = 2;
// How full the queue of a busy link is: what TCP's usual congestion control leaves in it.
constexpr double kQueueFilled = 0.75;
// Buckets of the event queue in which one piece leaves each of its links.
constexpr double kBucketsAPiece = 200;

std::uint32_t connections_of(const Scenario& scenario) {
    return std::min(scenario.connections, std::max(1U, scenario.hosts - 1));
}

/// As policy::UnchokeSlots has it once the uplink is busy.
double slots_of(const Scenario& scenario) {
    if (scenario.slots != 0) return scenario.slots;
    const policy::UnchokeSlots::Options adapting;
    return std::min<double>(adapting.most, adapting.fewest + scenario.rate / scenario.piece_size);
}

std::uint64_t queue_of(const Scenario& scenario) {
    if (scenario.queue != 0) return scenario.queue;
    return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(0.1 * scenario.rate), 48 << 10, 1 << 20);
}

double segment_of(const Scenario& scenario) {
    return scenario.mtu - 52.0;
}

/// Bytes that a leecher's link carries each way beside a byte of payload.
double leecher_overhead(const Scenario& scenario, std::uint32_t connections) {
    const double segment = segment_of(scenario);
    const double share = std::min(1.0, slots_of(scenario) / connections);
    const double spacing = segment / (scenario.rate / (share * connections));
    const double acks = kHeader / segment / (2 * spacing > kAckWaits ? 1 : 2);
    // Behind data on its way to the same peer a message costs its own bytes; elsewhere a packet and an ACK.
    const double message = kHave + (1 - share) * 2 * kHeader;
    const double messages = connections * kMessagesAHave * message / scenario.piece_size;
    return kHeader / segment + acks + kRequest / kBlock + messages;
}

Time bucket_of(const Scenario& scenario) {
    const double piece = scenario.piece_size / scenario.rate;
    return std::max<Time>(to_time(piece * kBucketsAPiece / scenario.hosts), 1000);
}

}  // namespace

SwarmModel::SwarmModel(const Scenario& scenario)
    : scenario_(scenario),
      pieces_(static_cast<std::uint32_t>((scenario.size + scenario.piece_size - 1) / scenario.piece_size)),
      connections_(connections_of(scenario)),
      random_(scenario.seed),
      map_(scenario.hosts + scenario.origins, pieces_),
      queue_(bucket_of(scenario)),
      hosts_(scenario.hosts + scenario.origins),
      origins_(scenario.origins),
      wants_(scenario.hosts + scenario.origins, kNothing),
      seen_outside_(pieces_, false) {
    payload_rate_ = scenario.rate / (1 + leecher_overhead(scenario, connections_));
    const double origin_rate = scenario.origin_rate > 0 ? scenario.origin_rate : scenario.rate;
    origin_payload_rate_ = origin_rate / (1 + kHeader / segment_of(scenario));
    latency_ = to_time(scenario.latency);
    queue_time_ = to_time(kQueueFilled * static_cast<double>(queue_of(scenario)) / scenario.rate);
    backlog_ = to_time(scenario.piece_size / payload_rate_);
    make_origins();
    const std::uint32_t first_late = scenario.origins + scenario.hosts - scenario.late;
    for (HostId id = scenario.origins; id < hosts_.size(); ++id) {
        hosts_[id].late = id >= first_late;
        hosts_[id].up.set_rate(payload_rate_, payload_rate_);
        const double at = hosts_[id].late ? scenario.late_at : scenario.start_spread * random_.part();
        queue_.push(to_time(at), Kind::kLaunch, id);
        ++waiting_;
    }
    for (std::uint32_t n = 0; n < scenario.killed; ++n)
        queue_.push(to_time(scenario.kill_at), Kind::kKill, scenario.origins + n);
    queue_.push(0, Kind::kTick, 0);
}

void SwarmModel::make_origins() {
    for (HostId origin = 0; origin < scenario_.origins; ++origin) {
        Host& host = hosts_[origin];
        host.alive = true;
        host.started = 0;
        host.done = 0;
        host.has = pieces_;
        host.up.set_rate(origin_payload_rate_, payload_rate_);
        for (std::uint32_t piece = 0; piece < pieces_; ++piece) map_.add(origin, piece);
        host.slots = scenario_.slots != 0 ? scenario_.slots : host.adaptive.slots();
        if (!scenario_.ration) continue;
        policy::RationOptions options;
        options.window = scenario_.window;
        origins_[origin].ration = std::make_unique<policy::Ration>(
            policy::Layout{pieces_, scenario_.piece_size, bytes_of(pieces_ - 1)}, origin + 1, random_(),
            options);
    }
}

void SwarmModel::announced(Time at) {
    const auto second = static_cast<std::size_t>(at / to_time(1));
    if (announces_.size() <= second) announces_.resize(second + 1);
    ++announces_[second];
    ++result_.announces;
}

void SwarmModel::launch(HostId id) {
    hosts_[id].started = now_;
    tracker_free_ = std::max(now_, tracker_free_) + to_time(1 / scenario_.tracker_rate);
    announced(tracker_free_);
    result_.last_joined = std::max(result_.last_joined, to_seconds(tracker_free_));
    // Connecting and announcing are a round trip each, dialling and the handshakes two more.
    queue_.push(tracker_free_ + to_time(8 * scenario_.latency), Kind::kJoin, id);
}

void SwarmModel::connect(HostId one, HostId other) {
    for (const auto& [mine, theirs] : {std::pair{one, other}, std::pair{other, one}}) {
        hosts_[mine].neighbours.push_back(theirs);
        hosts_[mine].sated = false;
        if (!map_.local() || is_origin(mine) || is_origin(theirs) || hosts_[theirs].has == 0) continue;
        for (std::uint32_t piece = 0; piece < pieces_; ++piece) {
            if (map_.has(theirs, piece)) map_.seen(mine, piece);
        }
    }
}

void SwarmModel::dial(HostId id) {
    const auto& mine = hosts_[id].neighbours;
    if (scenario_.hosts - 1 <= connections_) {
        for (const HostId other : joined_) connect(id, other);
        return;
    }
    // Half of its connections: who takes all that it may for itself leaves no room for those that come later.
    const std::uint32_t wanted =
        std::min<std::uint32_t>((connections_ + 1) / 2, static_cast<std::uint32_t>(joined_.size()));
    for (std::uint32_t tries = 0; mine.size() < wanted && tries < 4 * wanted + 20; ++tries) {
        const HostId other = joined_[random_.below(static_cast<std::uint32_t>(joined_.size()))];
        if (!hosts_[other].alive || hosts_[other].neighbours.size() >= 4ULL * connections_) continue;
        if (std::find(mine.begin(), mine.end(), other) == mine.end()) connect(id, other);
    }
}

void SwarmModel::meet_origins(HostId id) {
    std::vector<HostId> met;
    for (HostId origin = 0; origin < scenario_.origins; ++origin) {
        if (origins_[origin].gone || hosts_[origin].neighbours.size() >= scenario_.origin_connections)
            continue;
        connect(id, origin);
        hosts_[id].met_origin = true;
        met.push_back(origin);
    }
    for (const HostId origin : met) {
        if (origins_[origin].ration == nullptr) continue;
        policy::Ration& ration = *origins_[origin].ration;
        ration.peer_joined(id, policy::Ration::Kind::kShoal, 0, now());
        std::vector<policy::OriginId> others;
        for (const HostId other : met) {
            if (other != origin) others.push_back(other + 1);
        }
        ration.origins_reported(id, std::move(others), now());
        act(origin);
    }
}

void SwarmModel::join(HostId id) {
    Host& host = hosts_[id];
    host.alive = true;
    wants_[id] = 0;
    host.slots = scenario_.slots != 0 ? scenario_.slots : host.adaptive.slots();
    dial(id);
    meet_origins(id);
    joined_.push_back(id);
    pull(id);
}

void SwarmModel::kill(HostId id) {
    Host& host = hosts_[id];
    if (!host.alive) return;
    if (!complete(host)) --waiting_;
    host.alive = false;
    wants_[id] = kNothing;
    for (const HostId other : host.neighbours) {
        Uplink& up = hosts_[other].up;
        if (!up.serves(id)) continue;
        up.advance(now_);
        up.drop([&](const Transfer& t) { return t.to == id; });
        schedule(other);
        hosts_[other].sated = false;
        fill_slots(other);
    }
    const std::vector<Transfer> broken = host.up.transfers();
    host.up.drop([](const Transfer&) { return true; });
    for (const Transfer& transfer : broken) {
        lost(transfer.to, transfer.piece);
    }
    for (HostId origin = 0; origin < scenario_.origins; ++origin) {
        if (origins_[origin].ration == nullptr) continue;
        origins_[origin].ration->peer_left(id, now());
        act(origin);
    }
}

}  // namespace shoal::simulate
