#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "tracker/swarm/peer_directory.hpp"
#include "tracker/swarm/peer_pool.hpp"
#include "tracker/swarm/random.hpp"
#include "tracker/swarm/sites.hpp"
#include "tracker/swarm/swarm.hpp"
#include "tracker/swarm/swarm_table.hpp"

namespace shoal::tracker {

/// What all shards share.
struct ShardContext {
    SwarmOptions options;
    Sites sites;
    std::atomic<std::uint64_t> swarm_count{0};
};

/// Who was counted among a swarm's completions.
struct CountedPeer {
    std::uint64_t swarm_number;
    PeerId peer_id;
    IpAddress address;
    bool operator==(const CountedPeer&) const = default;
};

/// A part of the swarm table, and the lock of that part. Every function expects the lock to be held.
class Shard {
  public:
    /// Removals that wait, at most, while the other trackers cannot be told. Of those that it drops the
    /// others keep the peer until its time is over, and may have counted its completion too.
    static constexpr std::size_t kMostUnsharedRemovals = 16'384;

    explicit Shard(ShardContext& context) : context_(context), options_(context.options) {}
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    mutable std::mutex mutex;

    std::optional<Failure> announce(const AnnounceRequest& request, const PeerContact& contact,
                                    UnixSeconds now, Random random, AnnounceAnswer& answer);
    void register_torrent(const InfoHash& info_hash, const std::string& name, std::uint64_t size,
                          UnixSeconds now);
    bool unregister_torrent(const InfoHash& info_hash, UnixSeconds now);
    [[nodiscard]] SwarmCounts scrape(const InfoHash& info_hash) const;
    void add_to(SwarmTotals& totals) const;
    void add_to(std::vector<SwarmView>& views) const;
    [[nodiscard]] std::optional<SwarmView> view(const InfoHash& info_hash, UnixSeconds now,
                                                std::size_t named) const;
    [[nodiscard]] PeerPage peers(const InfoHash& info_hash, UnixSeconds now, const PeerQuery& query) const;
    void sweep(UnixSeconds now);
    [[nodiscard]] std::uint32_t places() const { return pool_.end(); }

    /// @param shard  this shard's number: the low bits of every number that leaves it
    void take_changes(Changes& changes, std::uint64_t shard, std::uint64_t shard_count);
    void take_unshared(Changes& changes);
    /// Peers, at most, that the next call of either takes.
    [[nodiscard]] std::size_t changed_peers() const { return changed_peers_.size(); }
    [[nodiscard]] std::size_t unshared_peers() const { return unshared_peers_.size(); }
    void share_all();
    std::optional<bool> merge(const SwarmRecord& record, std::optional<std::uint64_t> from, UnixSeconds now);
    void merge(const PeerRecord& record, UnixSeconds now);
    void merge(const RemovedPeer& removed);
    void restore(const SwarmRecord& record, std::uint64_t number);
    void restore(const PeerRecord& record, std::uint64_t swarm_number, std::uint32_t place, UnixSeconds now);
    void finish_restore();

  private:
    [[nodiscard]] std::optional<Failure> check_caps(std::uint32_t swarm, const PeerContact& contact) const;
    [[nodiscard]] UnixSeconds interval_for(const AnnounceRequest& request, const Swarm* swarm,
                                           UnixSeconds now) const;
    std::uint32_t add_swarm(const InfoHash& info_hash, UnixSeconds now);
    void remove_swarm(std::uint32_t index);
    std::uint32_t add_peer(std::uint32_t swarm, const PeerContact& contact, std::uint32_t key,
                           UnixSeconds now);
    void update(std::uint32_t place, const AnnounceRequest& request, const PeerContact& contact,
                UnixSeconds now, UnixSeconds interval);
    /// Whether the peer, which had something left, has nothing left now, and no tracker of those that share
    /// has counted it: the one that was told so was killed before it could pass that on. Only a client that
    /// begins (`started`) may have got the rest elsewhere. Call it before the peer's `left` changes.
    [[nodiscard]] bool completed_unheard(const Peer& peer, const AnnounceRequest& request) const;
    void count_completion(std::uint32_t place);
    /// What the peer says is left tells the torrent's size when it joins, and when it then says more: it has
    /// got the metadata of its magnet link. Call it before the peer's `left` changes.
    void estimate_size(Peer& peer, const AnnounceRequest& request);
    /// Takes out any other entry of the same peer, and takes the endpoints over.
    void rename(std::uint32_t place, const PeerContact& contact, std::uint32_t key, UnixSeconds now);
    /// Without the ports that are another live peer's: the two are behind one NAT, and only one of them can
    /// be dialled there.
    [[nodiscard]] PeerContact without_taken_ports(std::uint32_t swarm, PeerContact contact,
                                                  UnixSeconds now) const;
    /// A new peer was started where these listened: mostly it is the same client after a restart. One that
    /// was replaced is remembered for as long as a lost one: if it announces again, both live behind one NAT.
    void replace_holders(const PeerName& name, UnixSeconds now);
    void count_address(const Peer& peer, int change);
    [[nodiscard]] SwarmView view(const Swarm& swarm) const;
    [[nodiscard]] ProgressView progress(const Swarm& swarm, UnixSeconds now, std::size_t named) const;
    [[nodiscard]] bool stalled(const Peer& peer, UnixSeconds now) const;
    /// Among peers of its state, in PeerQuery's order: smaller comes first.
    [[nodiscard]] std::uint64_t order_of(const Peer& peer, UnixSeconds now) const;
    [[nodiscard]] PeerView view(const Peer& peer, const Swarm& swarm, UnixSeconds now) const;
    /// Into the list of its state and site; out of the one it is in.
    void move(std::uint32_t place, PeerState state, std::uint16_t site);
    void remove(std::uint32_t place);
    void mark_peer_changed(std::uint32_t place);
    void mark_swarm_changed(std::uint32_t index);
    // Tell the other trackers, where there are any.
    void share_peer(std::uint32_t place);
    void share_swarm(std::uint32_t index);
    void share_removal(const Peer& peer);
    /// Two trackers counted the same peer before they heard of each other: the one with the smaller number
    /// keeps it.
    /// @param place  of that peer; kNone: it is gone
    void settle_count(std::uint32_t swarm, std::uint32_t place, const PeerContact& contact,
                      std::uint64_t counted_by);
    /// Without the ports that a peer has which was heard of later.
    [[nodiscard]] PeerContact free_ports(std::uint32_t swarm, const PeerContact& contact,
                                         UnixSeconds last_seen, UnixSeconds now) const;

    ShardContext& context_;
    const SwarmOptions& options_;
    /// Seconds: what an announce tells of a known peer is shared once in each such time.
    UnixSeconds share_period_ = std::max<UnixSeconds>(options_.interval / 4, 1);
    PeerPool pool_;
    PeerDirectory directory_{pool_};
    std::unordered_map<InfoHash, std::uint32_t> by_hash_;
    std::vector<std::unique_ptr<Swarm>> swarms_;
    std::vector<std::uint32_t> free_swarms_;
    std::uint64_t next_swarm_number_ = 0;
    std::vector<std::uint32_t> changed_peers_;
    std::vector<std::uint32_t> changed_swarms_;
    std::vector<std::uint64_t> removed_swarms_;
    // What other trackers do not know yet; filled only where there are others.
    std::vector<std::uint32_t> unshared_peers_;
    std::vector<std::uint32_t> unshared_swarms_;
    std::deque<RemovedPeer> unshared_removals_;  ///< the latest ones
    /// Peers that this tracker counted and that are gone since: another one may still say that it counted
    /// them too. The latest ones.
    std::deque<CountedPeer> counted_and_gone_;
    bool merging_ = false;  ///< what changes now comes from another tracker
    std::unordered_map<std::uint64_t, std::uint32_t> addresses_;  ///< peers of each, while there is a cap
    std::unordered_map<std::uint64_t, std::uint32_t> by_number_;  ///< only while restoring
};

}  // namespace shoal::tracker
