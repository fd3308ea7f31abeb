#include "bench/fanout/simulate/swarm_model.hpp"

#include <algorithm>
#include <utility>

namespace shoal::simulate {
namespace {

using Kind = Event::Kind;

}  // namespace

std::uint32_t SwarmModel::bytes_of(std::uint32_t piece) const {
    const std::uint64_t begins = std::uint64_t{piece} * scenario_.piece_size;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(scenario_.piece_size, scenario_.size - begins));
}

bool SwarmModel::serves(HostId id) const {
    const Host& host = hosts_[id];
    return host.alive && host.has != 0 && !rations(id) && !(is_origin(id) && origins_[id].gone);
}

bool SwarmModel::full(const Host& host) const {
    if (scenario_.incoming != 0 && host.incoming >= scenario_.incoming) return true;
    return host.downlink_free > now_ + backlog_;
}

void SwarmModel::begin(HostId from, HostId to, std::uint32_t piece, Time slot_since) {
    map_.take(to, piece);
    ++hosts_[to].incoming;
    ++wants_[to];
    Uplink& up = hosts_[from].up;
    up.advance(now_);
    up.add({0, now_, slot_since, to, piece, bytes_of(piece), 0});
    schedule(from);
}

void SwarmModel::schedule(HostId id) {
    Uplink& up = hosts_[id].up;
    const Time next = up.next();
    // One that comes too early finds nothing done and looks again.
    if (next >= up.scheduled) return;
    up.scheduled = next;
    queue_.push(next, Kind::kUplink, id);
}

bool SwarmModel::serve(HostId from, HostId to, Time slot_since) {
    Host& other = hosts_[to];
    if (wants_[to] == kNothing) return false;
    if (hosts_[from].up.serves(to)) return false;
    if (full(other)) {
        other.refused = true;
        return false;
    }
    const auto piece = map_.rarest(from, to, random_);
    if (piece) begin(from, to, *piece, slot_since);
    return piece.has_value();
}

template <typename Serve>
void SwarmModel::for_free_slots(HostId id, Serve serve_one) {
    const Host& host = hosts_[id];
    const auto degree = static_cast<std::uint32_t>(host.neighbours.size());
    const std::uint32_t first = random_.below(std::max(degree, 1U));
    needs_.clear();
    for (std::uint32_t n = 0; n < degree && host.up.count() < host.slots; ++n) {
        const HostId to = host.neighbours[first + n < degree ? first + n : first + n - degree];
        if (wants_[to] == kNothing) continue;
        if (scenario_.neediest_first) {
            needs_.push_back({to, wants_[to]});
        } else {
            serve_one(to);
        }
    }
    // A few at a time: mostly the first one takes what there is.
    for (auto next = needs_.begin(); next != needs_.end() && host.up.count() < host.slots; ++next) {
        std::iter_swap(next, std::min_element(next, needs_.end(),
                                              [](const Need& a, const Need& b) { return a.has < b.has; }));
        serve_one(next->host);
    }
}

void SwarmModel::fill_slots(HostId id) {
    Host& host = hosts_[id];
    if (host.sated || host.up.count() >= host.slots || !serves(id)) return;
    for_free_slots(id, [&](HostId to) { serve(id, to, now_); });
    host.sated = host.up.count() < host.slots;
}

void SwarmModel::offer_new(HostId id, std::uint32_t piece) {
    Host& host = hosts_[id];
    for_free_slots(id, [&](HostId to) {
        if (map_.taken(to, piece) || host.up.serves(to)) return;
        if (full(hosts_[to])) {
            hosts_[to].refused = true;
        } else {
            begin(id, to, piece, now_);
        }
    });
    if (host.up.count() >= host.slots) host.sated = false;
}

void SwarmModel::pull(HostId id) {
    Host& host = hosts_[id];
    if (!host.alive || complete(host)) return;
    host.refused = false;
    const auto degree = static_cast<std::uint32_t>(host.neighbours.size());
    const std::uint32_t first = random_.below(std::max(degree, 1U));
    for (std::uint32_t n = 0; n < degree; ++n) {
        if (full(host)) {
            host.refused = true;
            return;
        }
        const std::uint32_t place = first + n < degree ? first + n : first + n - degree;
        const HostId from = host.neighbours[place];
        if (hosts_[from].up.count() < hosts_[from].slots && serves(from)) serve(from, id, now_);
    }
}

void SwarmModel::lost(HostId to, std::uint32_t piece) {
    Host& host = hosts_[to];
    --host.incoming;
    map_.give_up(to, piece);
    if (wants_[to] != kNothing) --wants_[to];
    for (const HostId other : host.neighbours) hosts_[other].sated = false;
    pull(to);
}

void SwarmModel::uplink_ready(HostId id, Time at) {
    Host& host = hosts_[id];
    if (at != host.up.scheduled) return;
    host.up.scheduled = Uplink::kNever;
    host.up.advance(now_);
    while (host.up.any_done()) {
        const Transfer done = host.up.take_done();
        sent(id, done);
        if (!serves(id)) continue;
        // libtorrent keeps a peer unchoked until the next round, whatever others would like.
        const bool keep = now_ - done.slot_since < to_time(scenario_.unchoke_interval);
        if (keep && host.up.count() < host.slots) serve(id, done.to, done.slot_since);
        fill_slots(id);
        if (!keep && host.up.count() < host.slots) serve(id, done.to, now_);
    }
    schedule(id);
}

void SwarmModel::sent(HostId from, const Transfer& transfer) {
    Host& receiver = hosts_[transfer.to];
    const Time needs = to_time(transfer.bytes / payload_rate_);
    receiver.downlink_free = std::max(receiver.downlink_free, transfer.began) + needs;
    const Time arrives = std::max(now_, receiver.downlink_free);
    const Time checked = arrives + latency_ + to_time(scenario_.disk + transfer.bytes / scenario_.hash_rate);
    receiver.checked = std::max(receiver.checked, checked);
    // Of use to others when the HAVE and a request have found their way.
    const Time message = message_time(transfer.to);
    queue_.push(checked + 2 * message, Kind::kUsable, transfer.to, transfer.piece);
    if (receiver.met_origin && released_at_ < 0 && scenario_.ration)
        queue_.push(checked + message, Kind::kHeard, transfer.to, transfer.piece);
    --receiver.incoming;
    if (is_origin(from)) {
        const double copy = transfer.bytes / static_cast<double>(scenario_.size);
        result_.copies += copy;
        if (seen_count_ < pieces_) result_.copies_until_one += copy;
        if (origins_[from].ration != nullptr) {
            origins_[from].ration->sent(transfer.to, transfer.piece, transfer.bytes - transfer.reported,
                                        now());
            act(from);
        }
    }
    if (receiver.refused && !full(receiver)) pull(transfer.to);
}

void SwarmModel::usable(HostId id, std::uint32_t piece) {
    Host& host = hosts_[id];
    if (!host.alive || map_.has(id, piece)) return;
    map_.add(id, piece);
    ++host.has;
    if (!seen_outside_[piece]) {
        seen_outside_[piece] = true;
        ++seen_count_;
    }
    result_.haves += host.neighbours.size();
    for (const HostId other : host.neighbours) {
        if (map_.local() && !is_origin(other)) map_.seen(other, piece);
    }
    if (complete(host)) {
        host.done = host.checked;
        wants_[id] = kNothing;
        --waiting_;
        announced(now_);
    } else if (host.refused && !full(host)) {
        pull(id);
    }
    if (host.up.count() >= host.slots) {
        host.sated = false;
    } else if (host.sated) {
        offer_new(id, piece);
    } else {
        fill_slots(id);
    }
}

void SwarmModel::tick() {
    constexpr double kSeconds = 0.25;
    for (HostId origin = 0; origin < scenario_.origins; ++origin) {
        if (rations(origin)) report_progress(origin);
    }
    if (++ticks_ % 4 == 0 && scenario_.slots == 0) sample_slots();
    queue_.push(now_ + to_time(kSeconds), Kind::kTick, 0);
}

void SwarmModel::sample_slots() {
    for (HostId id = scenario_.origins; id < hosts_.size(); ++id) {
        Host& host = hosts_[id];
        if (!host.alive || complete(host)) continue;
        host.up.advance(now_);
        host.adaptive.sample((host.up.sent() - host.sampled) / scenario_.piece_size);
        host.sampled = host.up.sent();
        const std::uint32_t before = std::exchange(host.slots, host.adaptive.slots());
        if (host.slots > before) fill_slots(id);
    }
}

void SwarmModel::handle(const Event& event) {
    switch (event.kind) {
        case Kind::kLaunch:
            return launch(event.a);
        case Kind::kJoin:
            return join(event.a);
        case Kind::kKill:
            return kill(event.a);
        case Kind::kUplink:
            return uplink_ready(event.a, event.at);
        case Kind::kUsable:
            return usable(event.a, event.b);
        case Kind::kHeard:
            return heard(event.a, event.b);
        case Kind::kOffered:
            return offered(event.a, event.b, event.c);
        case Kind::kTick:
            return tick();
    }
}

Outcome SwarmModel::run() {
    while (!queue_.empty() && !finished() && now_ < to_time(scenario_.give_up)) {
        const Event event = queue_.pop();
        now_ = event.at;
        handle(event);
    }
    return outcome();
}

Outcome run(const Scenario& scenario) {
    return SwarmModel(scenario).run();
}

}  // namespace shoal::simulate
