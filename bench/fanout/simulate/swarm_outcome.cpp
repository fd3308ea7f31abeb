#include <algorithm>

#include "bench/fanout/simulate/swarm_model.hpp"
#include "common/error.hpp"

// What may be run, and what a run came to.
namespace shoal::simulate {

void check(const Scenario& scenario) {
    const auto refuse = [](const char* what, const char* why, const char* remedy) {
        throw Error(ExitCode::kUsage, what, why, remedy);
    };
    if (scenario.rate <= 0) refuse("--rate", "a link without a limit takes no time", "name a rate");
    if (scenario.size == 0) refuse("--size", "there is nothing to bring anywhere", "name a size");
    if (scenario.piece_size == 0 || scenario.size / std::max(scenario.piece_size, 1U) > 1'000'000)
        refuse("--piece-size", "more than a million pieces", "choose larger pieces");
    if (scenario.hash_rate <= 0) refuse("--hash-rate", "it must be above 0", "name a rate");
    if (scenario.killed + scenario.late > scenario.hosts)
        refuse("--kill and --late", "more hosts than there are", "raise --hosts");
}

Outcome SwarmModel::outcome() {
    double sent = 0;
    std::uint64_t connections = 0;
    for (HostId id = scenario_.origins; id < hosts_.size(); ++id) {
        Host& host = hosts_[id];
        host.up.advance(now_);
        sent += host.up.sent();
        connections += host.neighbours.size();
        if (host.started >= 0) {
            const Time interval = to_time(scenario_.interval);
            for (Time at = host.started + interval; at < now_ && host.alive; at += interval) announced(at);
        }
        if (!host.alive || !complete(host)) continue;
        const Time since = host.late ? host.done - host.started : host.done;
        (host.late ? result_.late_finished : result_.finished).push_back(to_seconds(since));
    }
    std::sort(result_.finished.begin(), result_.finished.end());
    std::sort(result_.late_finished.begin(), result_.late_finished.end());
    const double capacity = payload_rate_ * to_seconds(std::max<Time>(now_, 1)) * scenario_.hosts;
    result_.uplink_busy = sent / capacity;
    result_.connections = static_cast<double>(connections) / scenario_.hosts;
    result_.unfinished = waiting_;
    result_.events = queue_.made();
    result_.released_at = released_at_ < 0 ? -1 : to_seconds(released_at_);
    if (!announces_.empty()) result_.announces_peak = *std::max_element(announces_.begin(), announces_.end());
    for (const Origin& origin : origins_) {
        if (origin.ration != nullptr) result_.taken_back += origin.ration->status().taken_back;
    }
    return result_;
}

}  // namespace shoal::simulate
