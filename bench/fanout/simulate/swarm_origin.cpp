#include <algorithm>

#include "bench/fanout/simulate/swarm_model.hpp"

// Where the model meets the client's policy: what an origin is told, and what it does then.
namespace shoal::simulate {

void SwarmModel::act(HostId origin) {
    using What = policy::Ration::Action::What;
    policy::Ration& ration = *origins_[origin].ration;
    result_.largest_window = std::max(result_.largest_window, ration.status().window);
    for (const auto& action : ration.take_actions()) {
        // The HAVE there and the request back. What is choked and unchoked are standard peers: there are
        // none.
        if (action.what == What::kOffer)
            queue_.push(now_ + message_time(origin) + message_time(action.peer), Event::Kind::kOffered,
                        origin, action.peer, action.piece);
        if (action.what == What::kWithdraw) withdraw(origin, action.peer, action.piece);
    }
    if (!ration.released() || origins_[origin].gone) return;
    const bool all =
        std::all_of(origins_.begin(), origins_.end(), [](const Origin& o) { return o.ration->released(); });
    if (all && released_at_ < 0) released_at_ = now_;
    if (scenario_.origin_leaves) {
        origins_[origin].gone = true;
    } else {
        fill_slots(origin);
    }
}

void SwarmModel::withdraw(HostId origin, HostId from, std::uint32_t piece) {
    Host& host = hosts_[origin];
    host.up.advance(now_);
    const std::uint32_t before = host.up.count();
    host.up.drop([&](const Transfer& t) { return t.to == from && t.piece == piece; });
    if (host.up.count() == before) return;
    lost(from, piece);
    schedule(origin);
}

void SwarmModel::offered(HostId origin, HostId to, std::uint32_t piece) {
    if (origins_[origin].gone || !hosts_[to].alive || map_.taken(to, piece)) return;
    if (origins_[origin].ration->request(to, piece, now()) != policy::Ration::Answer::kYes) return;
    begin(origin, to, piece, now_);
}

void SwarmModel::heard(HostId from, std::uint32_t piece) {
    if (!hosts_[from].alive) return;
    for (HostId origin = 0; origin < scenario_.origins; ++origin) {
        if (!rations(origin)) continue;
        origins_[origin].ration->peer_has(from, piece, now());
        act(origin);
    }
}

void SwarmModel::report_progress(HostId origin) {
    Host& host = hosts_[origin];
    policy::Ration& ration = *origins_[origin].ration;
    host.up.advance(now_);
    for (Transfer& transfer : host.up.going_on()) {
        const std::uint32_t sent = host.up.sent_of(transfer);
        // The last byte is told when it has left.
        if (sent <= transfer.reported || sent >= transfer.bytes) continue;
        const std::uint32_t more = sent - transfer.reported;
        transfer.reported = sent;
        ration.sent(transfer.to, transfer.piece, more, now());
    }
    ration.tick(now());
    act(origin);
}

}  // namespace shoal::simulate
