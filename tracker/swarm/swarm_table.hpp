#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "tracker/model/announce.hpp"
#include "tracker/model/change_source.hpp"
#include "tracker/model/record.hpp"

namespace shoal::tracker {

struct SwarmOptions {
    UnixSeconds interval = 30;      ///< what peers are told, before jitter
    std::uint32_t numwant = 50;     ///< peers in an answer where the request does not say
    std::uint32_t max_peers = 200;  ///< in one answer
    /// A gone peer's record is kept this long without being counted or handed out: it may only announce
    /// slower than it was told (libtorrent's default is 300 s).
    UnixSeconds keep_lost = 600;
    UnixSeconds keep_empty_swarm = 30 * 24 * 3600;  ///< for its count of completions
    bool record_changes = true;                     ///< for take_changes()
};

/// A peer that has not announced for this long is gone: two and a half intervals.
constexpr UnixSeconds peer_lifetime(UnixSeconds interval) {
    return (interval * 5 + 1) / 2;
}

struct SwarmTotals {
    std::uint64_t swarms = 0;
    std::uint64_t seeds = 0;
    std::uint64_t leechers = 0;
    std::uint64_t completed = 0;
};

/// All swarms, in shards by info-hash with one short lock each. Time is passed to every call, in seconds.
/// Thread-safe.
class SwarmTable final : public ChangeSource {
  public:
    /// @param random  64 random bits a call; called from any thread
    SwarmTable(const SwarmOptions& options, std::function<std::uint64_t()> random);
    SwarmTable(const SwarmTable&) = delete;
    SwarmTable& operator=(const SwarmTable&) = delete;
    ~SwarmTable() override;

    /// Enters the announcer into its swarm (or takes it out) and fills in the answer, all but the external
    /// ip.
    /// @param contact  where the announcer can be dialled, from this announce alone
    void announce(const AnnounceRequest& request, const PeerContact& contact, UnixSeconds now,
                  AnnounceAnswer& answer);
    [[nodiscard]] SwarmCounts scrape(const InfoHash& info_hash) const;
    [[nodiscard]] SwarmTotals totals() const;

    /// Drops peers that have not announced for 2.5 of their intervals, and swarms that are long empty. Call
    /// it every second: each call does a bounded part of the work.
    void sweep(UnixSeconds now);

    void take_changes(Changes& changes) override;
    /// Before the first announce: what take_changes() once gave, swarms first. A restored peer has 2.5
    /// intervals from `now` to announce again.
    void restore(const SwarmRecord& record);
    void restore(const PeerRecord& record, UnixSeconds now);
    void finish_restore();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::tracker
