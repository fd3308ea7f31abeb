#include <algorithm>

#include "bench/fanout/simulate/swarm_model.hpp"

// How a simulated swarm comes about: who knows whom, who starts when, who dies.
namespace shoal::simulate {
namespace {

using Kind = Event::Kind;

// Above this, a chunk a block would be more events than anybody waits for.
constexpr std::uint64_t kMostChunks = 20'000'000;

std::uint32_t pick_chunk(const Scenario& scenario) {
    if (scenario.chunk != 0) return std::min(scenario.chunk, scenario.piece_size);
    std::uint32_t chunk = 16 << 10;
    while (chunk < scenario.piece_size && scenario.hosts * (scenario.size / chunk) > kMostChunks) chunk *= 2;
    return std::min(chunk, scenario.piece_size);
}

}  // namespace

SwarmModel::SwarmModel(const Scenario& scenario)
    : scenario_(scenario),
      pieces_(static_cast<std::uint32_t>((scenario.size + scenario.piece_size - 1) / scenario.piece_size)),
      chunk_(pick_chunk(scenario)),
      connections_(std::min(
          scenario.connections != 0 ? scenario.connections : policy::connections_wanted(scenario.hosts),
          std::max(1U, scenario.hosts - 1))),
      random_(scenario.seed),
      map_(scenario.hosts + scenario.origins, pieces_),
      hosts_(scenario.hosts + scenario.origins),
      origins_(scenario.origins) {
    const double haves = static_cast<double>(connections_) * scenario.have_bytes / scenario.piece_size;
    bytes_a_second_ = scenario.rate / (1 + scenario.mtu_overhead + haves);
    connect();
    const std::uint32_t first_late = scenario.origins + scenario.hosts - scenario.late;
    for (HostId id = scenario.origins; id < hosts_.size(); ++id) {
        hosts_[id].late = id >= first_late;
        const double spread = std::uniform_real_distribution<>(0, scenario.start_spread)(random_);
        queue_.push(to_time(hosts_[id].late ? scenario.late_at : spread), Kind::kStart, id);
        ++waiting_;
    }
    for (std::uint32_t n = 0; n < scenario.killed; ++n) {
        queue_.push(to_time(scenario.kill_at), Kind::kKill, scenario.origins + n);
    }
    queue_.push(0, Kind::kTick, 0);
}

void SwarmModel::connect() {
    // Each leecher dials half of its connections, the others dial it: what a tracker's random answers give.
    std::uniform_int_distribution<HostId> any(scenario_.origins, static_cast<HostId>(hosts_.size() - 1));
    for (HostId id = scenario_.origins; id < hosts_.size(); ++id) {
        auto& mine = hosts_[id].neighbours;
        for (std::uint32_t tries = 0; mine.size() < connections_ && tries < 20 * connections_; ++tries) {
            const HostId other = any(random_);
            auto& theirs = hosts_[other].neighbours;
            if (other == id || theirs.size() >= 2ULL * connections_) continue;
            if (std::find(mine.begin(), mine.end(), other) != mine.end()) continue;
            if (tries >= connections_ && mine.size() * 2 >= connections_) break;
            mine.push_back(other);
            theirs.push_back(id);
        }
    }
    for (HostId origin = 0; origin < scenario_.origins; ++origin) {
        Host& host = hosts_[origin];
        host.alive = true;
        host.started = 0;
        host.done = 0;
        host.has = pieces_;
        for (std::uint32_t piece = 0; piece < pieces_; ++piece) map_.add(origin, piece);
        for (HostId id = scenario_.origins; id < hosts_.size(); ++id) host.neighbours.push_back(id);
        std::shuffle(host.neighbours.begin(), host.neighbours.end(), random_);
        if (host.neighbours.size() > scenario_.origin_connections)
            host.neighbours.resize(scenario_.origin_connections);
        // The origin stands in its leechers' lists too, so that a HAVE reaches it.
        for (const HostId id : host.neighbours) hosts_[id].neighbours.push_back(origin);
        host.slots = scenario_.slots != 0 ? scenario_.slots : 8;
        if (!scenario_.ration) continue;
        policy::RationOptions options;
        options.window = scenario_.window;
        origins_[origin].ration = std::make_unique<policy::Ration>(
            policy::Layout{pieces_, scenario_.piece_size, bytes_of(pieces_ - 1)}, origin + 1, random_(),
            options);
    }
}

void SwarmModel::start(HostId id) {
    Host& host = hosts_[id];
    host.alive = true;
    host.started = now_;
    host.slots = scenario_.slots != 0 ? scenario_.slots : host.adaptive.slots();
    ++result_.announces;
    for (const HostId other : host.neighbours) {
        if (!is_origin(other)) {
            // It tells its neighbours nothing yet, and they tell it what they have.
            for (std::uint32_t piece = 0; map_.local() && hosts_[other].has > 0 && piece < pieces_; ++piece) {
                if (map_.has(other, piece)) map_.seen(id, piece);
            }
        } else if (origins_[other].ration != nullptr && !origins_[other].gone) {
            auto& ration = *origins_[other].ration;
            ration.peer_joined(id, policy::Ration::Kind::kShoal, 0, now());
            std::vector<policy::OriginId> others;
            for (const HostId neighbour : host.neighbours) {
                if (is_origin(neighbour) && neighbour != other) others.push_back(neighbour + 1);
            }
            ration.origins_reported(id, std::move(others), now());
            act(other);
        }
        if (!rations(other)) fill_slots(other);
    }
}

void SwarmModel::kill(HostId id) {
    Host& host = hosts_[id];
    if (!complete(host)) --waiting_;
    host.alive = false;
    for (TransferId transfer = 0; transfer < transfers_.size(); ++transfer) {
        const Transfer& t = transfers_[transfer];
        if (t.to_receive != 0 && !t.dropped && (t.from == id || t.to == id)) drop(transfer);
    }
    for (HostId origin = 0; origin < scenario_.origins; ++origin) {
        if (origins_[origin].ration == nullptr) continue;
        origins_[origin].ration->peer_left(id, now());
        act(origin);
    }
    for (const HostId other : host.neighbours) fill_slots(other);
}

}  // namespace shoal::simulate
