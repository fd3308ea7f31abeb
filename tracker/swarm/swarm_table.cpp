#include "tracker/swarm/swarm_table.hpp"

#include <array>
#include <cstring>
#include <utility>

#include "tracker/swarm/shard.hpp"

namespace shoal::tracker {
namespace {

// Part of the store's layout: a record's number is (place in shard) * kShards + shard.
constexpr std::uint64_t kShards = 64;
// A sweep looks at no more than about this many peers, 2 ms of work.
constexpr std::uint32_t kPeersASweep = 25'000;

}  // namespace

struct SwarmTable::Impl {
    template <std::size_t... I>
    Impl(SwarmOptions&& options, std::function<std::uint64_t()>&& r, std::index_sequence<I...>)
        : context{options, Sites(options.sites), {}},
          random(std::move(r)),
          shards{{((void)I, Shard(context))...}} {}

    Shard& shard(const InfoHash& info_hash) {
        // The last bytes: a truncated v2 hash and a SHA-1 are equally random there.
        return shards[info_hash.bytes.back() % kShards];
    }

    /// What all shards together have. A list that grows by doubling would take half as much again for a
    /// moment, and a herd's batch is large.
    std::size_t count(std::size_t (Shard::*peers)() const) const {
        std::size_t sum = 0;
        for (const Shard& shard : shards) {
            const std::lock_guard lock(shard.mutex);
            sum += (shard.*peers)();
        }
        return sum;
    }

    class Unshared final : public ChangeSource {
      public:
        explicit Unshared(Impl& impl) : impl_(impl) {}
        void take_changes(Changes& changes) override {
            changes.clear();
            changes.peers.reserve(impl_.count(&Shard::unshared_peers));
            for (Shard& shard : impl_.shards) {
                const std::lock_guard lock(shard.mutex);
                shard.take_unshared(changes);
            }
        }

      private:
        Impl& impl_;
    };

    ShardContext context;
    std::function<std::uint64_t()> random;
    std::array<Shard, kShards> shards;
    std::size_t next_to_sweep = 0;
    Unshared unshared{*this};
};

SwarmTable::SwarmTable(SwarmOptions options, std::function<std::uint64_t()> random)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(random),
                                   std::make_index_sequence<kShards>{})) {}

SwarmTable::~SwarmTable() = default;

std::optional<Failure> SwarmTable::announce(const AnnounceRequest& request, const PeerContact& contact,
                                            UnixSeconds now, AnnounceAnswer& answer) {
    Shard& shard = impl_->shard(request.info_hash);
    const Random random(impl_->random());
    const std::lock_guard lock(shard.mutex);
    return shard.announce(request, contact, now, random, answer);
}

void SwarmTable::register_torrent(const InfoHash& info_hash, const std::string& name, std::uint64_t size,
                                  UnixSeconds now) {
    Shard& shard = impl_->shard(info_hash);
    const std::lock_guard lock(shard.mutex);
    shard.register_torrent(info_hash, name, size, now);
}

bool SwarmTable::unregister_torrent(const InfoHash& info_hash, UnixSeconds now) {
    Shard& shard = impl_->shard(info_hash);
    const std::lock_guard lock(shard.mutex);
    return shard.unregister_torrent(info_hash, now);
}

SwarmCounts SwarmTable::scrape(const InfoHash& info_hash) const {
    const Shard& shard = impl_->shard(info_hash);
    const std::lock_guard lock(shard.mutex);
    return shard.scrape(info_hash);
}

SwarmTotals SwarmTable::totals() const {
    SwarmTotals totals;
    for (const Shard& shard : impl_->shards) {
        const std::lock_guard lock(shard.mutex);
        shard.add_to(totals);
    }
    return totals;
}

std::vector<SwarmView> SwarmTable::swarms() const {
    std::vector<SwarmView> views;
    for (const Shard& shard : impl_->shards) {
        const std::lock_guard lock(shard.mutex);
        shard.add_to(views);
    }
    return views;
}

std::optional<SwarmView> SwarmTable::swarm(const InfoHash& info_hash, UnixSeconds now,
                                           std::size_t named) const {
    const Shard& shard = impl_->shard(info_hash);
    const std::lock_guard lock(shard.mutex);
    return shard.view(info_hash, now, named);
}

PeerPage SwarmTable::peers(const InfoHash& info_hash, UnixSeconds now, const PeerQuery& query) const {
    const Shard& shard = impl_->shard(info_hash);
    const std::lock_guard lock(shard.mutex);
    return shard.peers(info_hash, now, query);
}

void SwarmTable::sweep(UnixSeconds now) {
    std::uint32_t seen = 0;
    for (std::size_t i = 0; i < kShards && seen < kPeersASweep; ++i) {
        Shard& shard = impl_->shards[impl_->next_to_sweep];
        impl_->next_to_sweep = (impl_->next_to_sweep + 1) % kShards;
        const std::lock_guard lock(shard.mutex);
        shard.sweep(now);
        seen += shard.places();
    }
}

void SwarmTable::take_changes(Changes& changes) {
    changes.clear();
    changes.peers.reserve(impl_->count(&Shard::changed_peers));
    for (std::uint64_t i = 0; i < kShards; ++i) {
        Shard& shard = impl_->shards[i];
        const std::lock_guard lock(shard.mutex);
        shard.take_changes(changes, i, kShards);
    }
}

ChangeSource& SwarmTable::unshared() {
    return impl_->unshared;
}

void SwarmTable::share_all() {
    for (Shard& shard : impl_->shards) {
        const std::lock_guard lock(shard.mutex);
        shard.share_all();
    }
}

std::optional<bool> SwarmTable::merge(const SwarmRecord& record, std::optional<std::uint64_t> from,
                                      UnixSeconds now) {
    Shard& shard = impl_->shard(record.info_hash);
    const std::lock_guard lock(shard.mutex);
    return shard.merge(record, from, now);
}

void SwarmTable::merge(const PeerRecord& record, UnixSeconds now) {
    Shard& shard = impl_->shard(record.info_hash);
    const std::lock_guard lock(shard.mutex);
    shard.merge(record, now);
}

void SwarmTable::merge(const RemovedPeer& removed) {
    Shard& shard = impl_->shard(removed.info_hash);
    const std::lock_guard lock(shard.mutex);
    shard.merge(removed);
}

void SwarmTable::restore(const SwarmRecord& record) {
    impl_->shards[record.number % kShards].restore(record, record.number / kShards);
}

void SwarmTable::restore(const PeerRecord& record, UnixSeconds now) {
    impl_->shards[record.number % kShards].restore(record, record.swarm / kShards,
                                                   static_cast<std::uint32_t>(record.number / kShards), now);
}

void SwarmTable::finish_restore() {
    for (Shard& shard : impl_->shards) shard.finish_restore();
}

}  // namespace shoal::tracker
