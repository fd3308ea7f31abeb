#include "bench/fanout/simulate/swarm_model.hpp"

#include <algorithm>
#include <utility>

namespace shoal::simulate {
namespace {

using Kind = Event::Kind;

// Chunks of one transfer that are under way at once.
constexpr std::uint32_t kUnderWay = 4;
}  // namespace

std::uint32_t SwarmModel::bytes_of(std::uint32_t piece) const {
    const std::uint64_t begins = std::uint64_t{piece} * scenario_.piece_size;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(scenario_.piece_size, scenario_.size - begins));
}

std::uint32_t SwarmModel::chunks_of(std::uint32_t piece) const {
    return (bytes_of(piece) + chunk_ - 1) / chunk_;
}

std::uint32_t SwarmModel::next_bytes(const Transfer& transfer) const {
    return transfer.to_send > 1 ? chunk_
                                : bytes_of(transfer.piece) - (chunks_of(transfer.piece) - 1) * chunk_;
}

Time SwarmModel::wire_time(std::uint32_t bytes) const {
    return to_time(bytes / bytes_a_second_);
}

void SwarmModel::drop(TransferId id) {
    Transfer& t = transfers_[id];
    // Its slot is not used again: chunks of it are still under way and must find nobody.
    t.dropped = true;
    t.to_send = 0;
    map_.set_asked(t.to, t.piece, false);
    --hosts_[t.to].incoming;
    auto& sending = hosts_[t.from].sending;
    sending.erase(std::remove(sending.begin(), sending.end(), id), sending.end());
}

void SwarmModel::begin(HostId from, HostId to, std::uint32_t piece) {
    TransferId id = static_cast<TransferId>(transfers_.size());
    if (free_.empty()) {
        transfers_.emplace_back();
    } else {
        id = free_.back();
        free_.pop_back();
    }
    const std::uint32_t chunks = chunks_of(piece);
    transfers_[id] = {from, to, piece, chunks, chunks, false};
    map_.set_asked(to, piece, true);
    ++hosts_[to].incoming;
    hosts_[from].sending.push_back(id);
    send_next(from);
}

void SwarmModel::send_next(HostId id) {
    Host& host = hosts_[id];
    if (host.sends_now || !host.alive || host.sending.empty()) return;
    const auto count = static_cast<std::uint32_t>(host.sending.size());
    for (std::uint32_t n = 0; n < count; ++n) {
        const std::uint32_t place = (host.turn + n) % count;
        const Transfer& t = transfers_[host.sending[place]];
        if (t.to_receive - t.to_send >= kUnderWay) continue;
        host.turn = place + 1;
        host.sends_now = true;
        const Time needs = wire_time(next_bytes(t));
        host.busy += needs;
        queue_.push(now_ + needs, Kind::kSent, id, host.sending[place]);
        return;
    }
}

void SwarmModel::sent(HostId id, TransferId transfer) {
    Host& host = hosts_[id];
    host.sends_now = false;
    Transfer& t = transfers_[transfer];
    if (t.dropped) {
        send_next(id);
        fill_slots(id);
        return;
    }
    const std::uint32_t bytes = next_bytes(t);
    host.sent += bytes;
    --t.to_send;
    Host& receiver = hosts_[t.to];
    const Time arrives = now_ + to_time(scenario_.latency);
    receiver.downlink_free = std::max(arrives, receiver.downlink_free + wire_time(bytes));
    queue_.push(receiver.downlink_free, Kind::kDelivered, transfer);
    const HostId to = t.to;
    const std::uint32_t piece = t.piece;
    if (t.to_send == 0) {
        host.sending.erase(std::find(host.sending.begin(), host.sending.end(), transfer));
    }
    if (is_origin(id)) {
        result_.copies += static_cast<double>(bytes) / static_cast<double>(scenario_.size);
        if (origins_[id].ration != nullptr) {
            origins_[id].ration->sent(to, piece, bytes, now());
            act(id);
        }
    }
    send_next(id);
    if (hosts_[id].sending.size() < host.slots) fill_slots(id);
}

void SwarmModel::delivered(TransferId id) {
    Transfer& t = transfers_[id];
    if (t.dropped || t.to_receive == 0) return;
    --t.to_receive;
    const HostId from = t.from;
    if (t.to_receive == 0) {
        queue_.push(now_ + to_time(scenario_.verify), Kind::kVerified, t.to, t.piece);
        Host& receiver = hosts_[t.to];
        --receiver.incoming;
        free_.push_back(id);
        // It has room for another: whoever idles may have something for it.
        for (const HostId other : receiver.neighbours) {
            if (!rations(other) && hosts_[other].sending.size() < hosts_[other].slots &&
                !hosts_[other].sends_now) {
                fill_slots(other);
            }
        }
    }
    send_next(from);
}

void SwarmModel::verified(HostId id, std::uint32_t piece) {
    Host& host = hosts_[id];
    map_.set_asked(id, piece, false);
    if (!host.alive || map_.has(id, piece)) return;
    map_.add(id, piece);
    ++host.has;
    result_.haves += host.neighbours.size();
    for (const HostId other : host.neighbours) {
        if (is_origin(other)) {
            if (rations(other))
                queue_.push(now_ + to_time(scenario_.latency), Kind::kHeard, other, id, piece);
        } else if (map_.local()) {
            map_.seen(other, piece);
        }
    }
    if (complete(host)) {
        host.done = now_;
        --waiting_;
        ++result_.announces;
    }
    fill_slots(id);
}

void SwarmModel::fill_slots(HostId id) {
    Host& host = hosts_[id];
    if (!host.alive || host.has == 0 || rations(id) || (is_origin(id) && origins_[id].gone)) return;
    const auto degree = static_cast<std::uint32_t>(host.neighbours.size());
    if (degree == 0) return;
    const auto first = static_cast<std::uint32_t>(random_() % degree);
    for (std::uint32_t n = 0; n < degree && host.sending.size() < host.slots; ++n) {
        const HostId to = host.neighbours[(first + n) % degree];
        const Host& other = hosts_[to];
        if (!other.alive || complete(other) || other.incoming >= scenario_.incoming) continue;
        const bool served = std::any_of(host.sending.begin(), host.sending.end(),
                                        [&](TransferId t) { return transfers_[t].to == to; });
        if (served) continue;
        if (const auto piece = map_.rarest(id, to, random_)) begin(id, to, *piece);
    }
}

void SwarmModel::act(HostId origin) {
    using What = policy::Ration::Action::What;
    policy::Ration& ration = *origins_[origin].ration;
    result_.largest_window = std::max(result_.largest_window, ration.status().window);
    for (const auto& action : ration.take_actions()) {
        if (action.what == What::kOffer) {
            // The HAVE there and the request back.
            queue_.push(now_ + to_time(2 * scenario_.latency), Kind::kOffered, origin, action.peer,
                        action.piece);
        }
    }
    if (ration.released() && !origins_[origin].gone) {
        const bool all = std::all_of(origins_.begin(), origins_.end(),
                                     [](const Origin& o) { return o.ration->released(); });
        if (all && released_at_ < 0) {
            released_at_ = now_;
            result_.copies_at_release = result_.copies;
        }
        if (scenario_.origin_leaves) {
            origins_[origin].gone = true;
        } else {
            fill_slots(origin);
        }
    }
}

void SwarmModel::offered(HostId origin, HostId to, std::uint32_t piece) {
    const Host& host = hosts_[to];
    if (origins_[origin].gone || !host.alive || map_.has(to, piece) || map_.asked(to, piece)) return;
    if (origins_[origin].ration->request(to, piece, now()) == policy::Ration::Answer::kYes)
        begin(origin, to, piece);
}

void SwarmModel::tick() {
    constexpr double kSeconds = 0.25;
    for (HostId origin = 0; origin < scenario_.origins; ++origin) {
        if (rations(origin)) {
            origins_[origin].ration->tick(now());
            act(origin);
        }
    }
    const bool sample = ++ticks_ % 4 == 0;
    for (HostId id = scenario_.origins; sample && scenario_.slots == 0 && id < hosts_.size(); ++id) {
        Host& host = hosts_[id];
        if (!host.alive) continue;
        const auto interested =
            std::count_if(host.neighbours.begin(), host.neighbours.end(), [&](HostId other) {
                return hosts_[other].alive && hosts_[other].has < host.has + pieces_ / 4 &&
                       !complete(hosts_[other]);
            });
        host.adaptive.sample({static_cast<double>(host.sent), static_cast<std::uint32_t>(interested)});
        host.sent = 0;
        const std::uint32_t before = std::exchange(host.slots, host.adaptive.slots());
        if (host.slots > before) fill_slots(id);
    }
    if (!finished() && now_ < to_time(scenario_.give_up))
        queue_.push(now_ + to_time(kSeconds), Kind::kTick, 0);
}

void SwarmModel::handle(const Event& event) {
    switch (event.kind) {
        case Kind::kStart:
            start(event.a);
            break;
        case Kind::kKill:
            kill(event.a);
            break;
        case Kind::kSent:
            sent(event.a, event.b);
            break;
        case Kind::kDelivered:
            delivered(event.a);
            break;
        case Kind::kVerified:
            verified(event.a, event.b);
            break;
        case Kind::kOffered:
            offered(event.a, event.b, event.c);
            break;
        case Kind::kHeard:
            if (!hosts_[event.b].alive) break;
            origins_[event.a].ration->peer_has(event.b, event.c, now());
            act(event.a);
            break;
        case Kind::kTick:
            tick();
            break;
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

Outcome SwarmModel::outcome() const {
    Outcome result = result_;
    result.unfinished = waiting_;
    result.events = queue_.made();
    result.released_at = released_at_ < 0 ? -1 : static_cast<double>(released_at_) / kNanoseconds;
    double busy = 0;
    for (HostId id = scenario_.origins; id < hosts_.size(); ++id) {
        const Host& host = hosts_[id];
        busy += static_cast<double>(host.busy);
        if (!host.alive || !complete(host)) continue;
        const Time since = host.late ? host.done - host.started : host.done;
        (host.late ? result.late_finished : result.finished)
            .push_back(static_cast<double>(since) / kNanoseconds);
    }
    std::sort(result.finished.begin(), result.finished.end());
    std::sort(result.late_finished.begin(), result.late_finished.end());
    result.uplink_busy = busy / (static_cast<double>(std::max<Time>(now_, 1)) * scenario_.hosts);
    for (const Origin& origin : origins_) {
        if (origin.ration != nullptr) result.taken_back += origin.ration->status().taken_back;
    }
    return result;
}

Outcome run(const Scenario& scenario) {
    return SwarmModel(scenario).run();
}

}  // namespace shoal::simulate
