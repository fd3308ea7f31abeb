#include "client/daemon/torrents/session_limits.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "client/swarm/swarm.hpp"

namespace shoal::daemon {
namespace {

/// A limit of 0 stops a direction in the protocol, and means "none" to the swarm.
std::uint64_t effective(bool limited, std::uint64_t limit) {
    return limited ? std::max<std::uint64_t>(1, limit) : 0;
}

}  // namespace

SessionLimits::SessionLimits(client::Swarm& swarm, LocalTime local_time)
    : swarm_(swarm), local_time_(std::move(local_time)) {}

void SessionLimits::apply(const SessionView& session, const std::vector<RateRule>& rules) {
    const WeekTime time = local_time_();
    const RateRule alternative{static_cast<unsigned>(session.alternative_days),
                               session.alternative_begin,
                               session.alternative_end,
                               {}};
    Rates rates{effective(session.limited_down, session.limit_down),
                effective(session.limited_up, session.limit_up)};
    rates = scheduled_rates(rules, time, rates);
    if (session.alternative || (session.alternative_scheduled && alternative.covers(time)))
        rates = {effective(true, session.alternative_down), effective(true, session.alternative_up)};
    if (applied_ && rates == rates_ && session.peer_limit == peer_limit_) return;
    applied_ = true;
    rates_ = rates;
    peer_limit_ = session.peer_limit;
    swarm_.limit_session(rates.down, rates.up, session.peer_limit);
}

void SessionLimits::apply_to(const Torrent& torrent, const SessionView& session) {
    if (torrent.swarm_id == 0) return;
    const TorrentSettings& settings = torrent.record.settings;
    swarm_.limit(torrent.swarm_id, effective(settings.limited_down, settings.limit_down),
                 effective(settings.limited_up, settings.limit_up));
    swarm_.limit_peers(torrent.swarm_id,
                       settings.peer_limit > 0 ? settings.peer_limit : session.peer_limit_per_torrent);
}

}  // namespace shoal::daemon
