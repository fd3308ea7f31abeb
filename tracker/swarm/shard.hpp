#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "tracker/swarm/peer_index.hpp"
#include "tracker/swarm/peer_pool.hpp"
#include "tracker/swarm/random.hpp"
#include "tracker/swarm/swarm_table.hpp"

namespace shoal::tracker {

struct Swarm {
    InfoHash info_hash;
    std::uint64_t number = 0;
    std::uint32_t completed = 0;
    UnixSeconds created = 0;
    UnixSeconds last_active = 0;
    bool changed = false;
    /// Numbers of the pool, in no order, by PeerState.
    std::array<std::vector<std::uint32_t>, kListedStates> lists;

    [[nodiscard]] std::vector<std::uint32_t>& list(PeerState state) {
        return lists[static_cast<std::size_t>(state)];
    }
    [[nodiscard]] std::uint32_t count(PeerState state) const {
        return static_cast<std::uint32_t>(lists[static_cast<std::size_t>(state)].size());
    }
    [[nodiscard]] SwarmCounts counts() const;
    [[nodiscard]] bool empty() const;
};

/// A part of the swarm table, and the lock of that part. Every function expects the lock to be held.
class Shard {
  public:
    explicit Shard(const SwarmOptions& options) : options_(options) {}
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    mutable std::mutex mutex;

    void announce(const AnnounceRequest& request, const PeerContact& contact, UnixSeconds now, Random random,
                  AnnounceAnswer& answer);
    [[nodiscard]] SwarmCounts scrape(const InfoHash& info_hash) const;
    void add_to(SwarmTotals& totals) const;
    void sweep(UnixSeconds now);
    [[nodiscard]] std::uint32_t places() const { return pool_.end(); }

    /// @param shard  this shard's number: the low bits of every number that leaves it
    void take_changes(Changes& changes, std::uint64_t shard, std::uint64_t shard_count);
    void restore(const SwarmRecord& record, std::uint64_t number);
    void restore(const PeerRecord& record, std::uint64_t swarm_number, std::uint32_t place, UnixSeconds now);
    void finish_restore();

  private:
    std::uint32_t add_swarm(const InfoHash& info_hash, UnixSeconds now);
    void remove_swarm(std::uint32_t index);
    std::uint32_t add_peer(std::uint32_t swarm, const PeerId& id, std::uint32_t key, UnixSeconds now);
    void update(std::uint32_t place, const AnnounceRequest& request, const PeerContact& contact,
                UnixSeconds now, UnixSeconds interval);
    void move(std::uint32_t place, PeerState state);
    void remove(std::uint32_t place);
    void mark_peer_changed(std::uint32_t place);
    void mark_swarm_changed(std::uint32_t index);
    void select(Swarm& swarm, std::uint32_t announcer, std::uint32_t wanted, UnixSeconds now, Random& random,
                std::vector<PeerContact>& out) const;
    void sample(const std::vector<std::uint32_t>& list, std::uint32_t count, std::uint32_t announcer,
                UnixSeconds now, Random& random, std::vector<PeerContact>& out) const;

    const SwarmOptions& options_;
    PeerPool pool_;
    PeerIndex index_{pool_};
    std::unordered_map<InfoHash, std::uint32_t> by_hash_;
    std::vector<std::unique_ptr<Swarm>> swarms_;
    std::vector<std::uint32_t> free_swarms_;
    std::uint64_t next_swarm_number_ = 0;
    std::vector<std::uint32_t> changed_peers_;
    std::vector<std::uint32_t> changed_swarms_;
    std::vector<std::uint64_t> removed_swarms_;
    std::unordered_map<std::uint64_t, std::uint32_t> by_number_;  ///< only while restoring
};

}  // namespace shoal::tracker
