#include "client/swarm/slow_reason.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/units.hpp"

namespace shoal::client {
namespace {

// Fewer connected, or sending, and it is not our line that they fill.
constexpr int kFewPeers = 3;
// Bytes; less is what a disk in good health has before it at any moment.
constexpr std::uint64_t kMuchToWrite = 1 << 20;

std::string rate_text(std::uint64_t bytes_per_second) {
    return format_rate(static_cast<double>(bytes_per_second));
}

std::string count_text(int peers) {
    return count_of(static_cast<std::uint64_t>(peers), "connected peer");
}

bool near(std::uint64_t rate, std::uint64_t limit) {
    return limit != 0 && rate >= limit - limit / 10;
}

/// Snapshots catch single connections waiting for this or that all the time.
bool most(int waiting, int all) {
    return waiting > 0 && 2 * waiting >= all;
}

/// @param waiting  of `all` connections, those that have used up what the limits give them
std::optional<SlowReason> at_limit(const char* verb, const Flow& flow, const TransferLimits& limits,
                                   int waiting, int all) {
    const bool at_own = near(flow.rate, limits.torrent);
    const bool at_common = near(flow.session_rate, limits.session);
    const bool limited = limits.torrent != 0 || limits.session != 0;
    if (!at_own && !at_common && !(limited && most(waiting, all))) return std::nullopt;
    // Where the rates are at both or at neither, the lower one binds.
    const bool own_is_lower =
        limits.session == 0 || (limits.torrent != 0 && limits.torrent <= limits.session);
    const bool own = at_own == at_common ? own_is_lower : at_own;
    return SlowReason{SlowCause::kLink,
                      own ? fmt::format("{} at this torrent's limit of {}", verb, rate_text(limits.torrent))
                          : fmt::format("{} at the limit of {} for all torrents together", verb,
                                        rate_text(limits.session))};
}

std::optional<SlowReason> at_best(const char* verb, const Flow& flow, int partners) {
    if (!flow.steady || flow.rate == 0 || partners < kFewPeers) return std::nullopt;
    return SlowReason{SlowCause::kLink,
                      fmt::format("{} {} as fast as it ever did here, {}: the line seems to be full", verb,
                                  count_text(partners), rate_text(flow.session_rate))};
}

std::string nobody(const TorrentStatus& status) {
    if (status.peers_known == 0) return "no peers found";
    if (status.peers_known == 1) return "the only known peer can't be reached";
    return fmt::format("none of the {} known peers can be reached", status.peers_known);
}

/// Of connected peers none of which sends.
std::string silence(const TorrentStatus& status) {
    const bool one = status.peers == 1;
    const std::string peers =
        one ? "the only connected peer" : fmt::format("the {} connected peers", status.peers);
    const std::string none =
        one ? "the only connected peer does not have" : fmt::format("none of {} has", peers);
    if (status.state == TorrentStatus::State::kMetadata) return none + " the metadata";
    if (status.peers_choking == status.peers)
        return one ? peers + " chokes us" : fmt::format("all {} connected peers choke us", status.peers);
    if (status.seeds == 0 && status.peers_offering == 0) return none + " what is missing";
    return peers + (one ? " sends nothing" : " send nothing");
}

/// Of connected peers few of which send.
std::string few(const TorrentStatus& status) {
    if (status.peers == 1) return "there is only one connected peer, and it sends no faster";
    std::string text = fmt::format("{} of {} {}", status.peers_sending, count_text(status.peers),
                                   status.peers_sending == 1 ? "sends" : "send");
    if (status.peers_choking > 0) text += fmt::format(", {} choke us", status.peers_choking);
    const int useless = status.peers - status.peers_choking - status.peers_offering;
    if (useless > 0) text += fmt::format(", {} have nothing new", useless);
    return text;
}

std::optional<SlowReason> receiving(const SlowFacts& facts) {
    const TorrentStatus& status = facts.status;
    const bool silent = facts.down.rate == 0 || status.peers_sending == 0;
    if (auto reason = at_limit("receives", facts.down, status.limits_down, status.receiving_waits_for_limit,
                               status.peers_offering))
        return reason;
    if (status.bytes_to_write >= std::max(kMuchToWrite, facts.down.rate))
        return SlowReason{SlowCause::kDisk,
                          fmt::format("the disk has {} still to write, more than arrives in a second",
                                      format_size(status.bytes_to_write))};
    if (most(status.receiving_waits_for_disk, status.peers_offering))
        return SlowReason{SlowCause::kDisk,
                          fmt::format("{} of {} wait until the disk has written what came",
                                      status.receiving_waits_for_disk, count_text(status.peers))};
    if (!silent) {
        if (auto reason = at_best("receives from", facts.down, status.peers_sending)) return reason;
    }
    if (status.rationing_origins > 0)
        return SlowReason{SlowCause::kRationed,
                          "an origin rations its pieces: it chooses which one comes here next, "
                          "and when, so that the whole fleet is done early"};
    // One that comes back is connected for a moment.
    if (silent && facts.damaging_peers > 0 && status.peers <= facts.damaging_peers)
        return SlowReason{SlowCause::kPeers, facts.damage + ", and nobody else sends anything"};
    const bool tracker_fails = !facts.tracker_failure.empty();
    if (status.peers == 0)
        return tracker_fails ? SlowReason{SlowCause::kTracker, fmt::format("{} (tracker {})", nobody(status),
                                                                           facts.tracker_failure)}
                             : SlowReason{SlowCause::kPeers, nobody(status)};
    if (tracker_fails && status.peers < kFewPeers)
        return SlowReason{SlowCause::kTracker,
                          fmt::format("{}, and no more are found: tracker {}",
                                      silent ? silence(status) : "only " + count_text(status.peers),
                                      facts.tracker_failure)};
    if (silent) return SlowReason{SlowCause::kPeers, silence(status)};
    if (status.peers_sending < kFewPeers) return SlowReason{SlowCause::kPeers, few(status)};
    return std::nullopt;
}

std::optional<SlowReason> sending(const SlowFacts& facts) {
    const TorrentStatus& status = facts.status;
    if (status.peers_asking == 0) return std::nullopt;
    if (auto reason = at_limit("sends", facts.up, status.limits_up, status.sending_waits_for_limit,
                               status.peers_served))
        return reason;
    if (most(status.sending_waits_for_disk, status.peers_served))
        return SlowReason{SlowCause::kDisk,
                          fmt::format("{} of {} wait until the disk has read what they want",
                                      status.sending_waits_for_disk, count_text(status.peers))};
    return at_best("sends to", facts.up, status.peers_served);
}

}  // namespace

std::string_view name_of(SlowCause cause) {
    switch (cause) {
        case SlowCause::kDisk:
            return "disk";
        case SlowCause::kLink:
            return "link";
        case SlowCause::kPeers:
            return "peers";
        case SlowCause::kTracker:
            return "tracker";
        case SlowCause::kRationed:
            return "rationed";
    }
    return "";
}

std::optional<SlowReason> slow_reason(const SlowFacts& facts) {
    switch (facts.status.state) {
        case TorrentStatus::State::kMetadata:
        case TorrentStatus::State::kDownloading:
            return receiving(facts);
        case TorrentStatus::State::kSeeding:
            return sending(facts);
        case TorrentStatus::State::kChecking:
            break;
    }
    return std::nullopt;
}

}  // namespace shoal::client
