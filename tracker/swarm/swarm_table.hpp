#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracker/model/announce.hpp"
#include "tracker/model/change_source.hpp"
#include "tracker/model/failure.hpp"
#include "tracker/model/record.hpp"
#include "tracker/swarm/sites.hpp"
#include "tracker/swarm/swarm_view.hpp"

namespace shoal::tracker {

struct SwarmOptions {
    UnixSeconds interval = 30;  ///< what peers are told, before jitter
    /// Seeds of a swarm that nobody joins any more are told longer ones, up to this.
    UnixSeconds max_interval = 120;
    std::uint32_t numwant = 50;     ///< peers in an answer where the request does not say
    std::uint32_t max_peers = 200;  ///< in one answer
    std::vector<Site> sites;
    double site_share = 0.6;  ///< of an answer that comes from the announcer's own site
    // Caps; 0: none.
    std::uint32_t max_swarms = 0;
    std::uint32_t max_peers_per_swarm = 0;
    std::uint32_t max_peers_per_address = 0;  ///< in one swarm
    /// A gone peer's record is kept this long without being counted or handed out: it may only announce
    /// slower than it was told (libtorrent's default is 300 s).
    UnixSeconds keep_lost = 600;
    UnixSeconds keep_empty_swarm = 30 * 24 * 3600;  ///< for its count of completions
    bool record_changes = true;                     ///< for take_changes()
    /// This tracker's number among those that share their swarms; 0: it shares them with none.
    std::uint64_t tracker = 0;
};

/// A peer that has not announced for this long is gone: two and a half intervals.
constexpr UnixSeconds peer_lifetime(UnixSeconds interval) {
    return (interval * 5 + 1) / 2;
}

struct SwarmTotals {
    std::uint64_t swarms = 0;
    std::uint64_t registered = 0;
    std::uint64_t seeds = 0;
    std::uint64_t leechers = 0;
    std::uint64_t lost = 0;
    std::uint64_t completed = 0;
};

/// All swarms, in shards by info-hash with one short lock each. Time is passed to every call, in seconds.
/// Thread-safe.
class SwarmTable final : public ChangeSource {
  public:
    /// @param random  64 random bits a call; called from any thread
    SwarmTable(SwarmOptions options, std::function<std::uint64_t()> random);
    SwarmTable(const SwarmTable&) = delete;
    SwarmTable& operator=(const SwarmTable&) = delete;
    ~SwarmTable() override;

    /// Enters the announcer into its swarm (or takes it out) and fills in the answer, all but the external
    /// ip.
    /// @param contact  where the announcer can be dialled, from this announce alone
    /// @return why it was refused: a cap was reached
    std::optional<Failure> announce(const AnnounceRequest& request, const PeerContact& contact,
                                    UnixSeconds now, AnnounceAnswer& answer);
    /// Names a torrent and its size. Its swarm is then kept for ever, also while it is empty.
    void register_torrent(const InfoHash& info_hash, const std::string& name, std::uint64_t size,
                          UnixSeconds now);
    /// False where it was not registered.
    bool unregister_torrent(const InfoHash& info_hash, UnixSeconds now);
    [[nodiscard]] SwarmCounts scrape(const InfoHash& info_hash) const;
    [[nodiscard]] SwarmTotals totals() const;

    /// Every swarm, without its progress.
    [[nodiscard]] std::vector<SwarmView> swarms() const;
    /// @param named  peers of each kind that its progress names
    [[nodiscard]] std::optional<SwarmView> swarm(const InfoHash& info_hash, UnixSeconds now,
                                                 std::size_t named = 0) const;
    /// None where there is no such swarm.
    [[nodiscard]] PeerPage peers(const InfoHash& info_hash, UnixSeconds now, const PeerQuery& query) const;

    /// Drops peers that have not announced for 2.5 of their intervals, and swarms that are long empty. Call
    /// it four times a second: each call does a bounded part of the work.
    void sweep(UnixSeconds now);

    void take_changes(Changes& changes) override;
    /// The changes that other trackers are to know: announces that came here, apart from those that tell
    /// nothing new. Only where the options name a tracker.
    [[nodiscard]] ChangeSource& unshared();
    /// Makes unshared() give everything once more.
    void share_all();
    /// What another tracker has heard. The later of two reports of a peer counts, by when it was last seen; a
    /// report from the future counts as of now.
    /// @param from  the tracker that says so; nothing: what is kept of all trackers
    /// @return whether the swarm is registered now, where the record changed that
    std::optional<bool> merge(const SwarmRecord& record, std::optional<std::uint64_t> from, UnixSeconds now);
    void merge(const PeerRecord& record, UnixSeconds now);
    void merge(const RemovedPeer& removed);
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
