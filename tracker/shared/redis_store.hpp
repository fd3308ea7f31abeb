#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tracker/shared/redis_address.hpp"
#include "tracker/shared/redis_connection.hpp"
#include "tracker/store/store.hpp"

namespace shoal::tracker {

/// The swarms of several trackers in one Redis, and the stream in which each tells the others its changes.
///
///     shoal:meta                    hash  `format`: this layout's version; `epoch`: another one each time
///     that
///                                         an empty database becomes the trackers'
///     shoal:trackers                hash  tracker -> when it last wrote; without those that left
///     shoal:swarm:INFO-HASH         hash  `info`: see swarm_value(); `c:TRACKER`: completions that it
///     counted shoal:peers:INFO-HASH         hash  peer_key() -> peer_value() shoal:changes stream of
///     batches: `t`: tracker, `n`: its batches so far, `b`: batch_bytes()
///
/// Every write sets a value, none adds to one: a batch that is tried again counts nothing twice. A completion
/// is counted in the field of the tracker that counted it. Keys expire: a swarm's peers after the longest
/// time that a silent peer may live, a swarm's counts after 30 days, unless it is registered. Used from one
/// thread at a time.
class RedisStore final : public Store {
  public:
    struct Options {
        RedisAddress address;
        std::uint64_t tracker = 0;  ///< this one's number, unlike all others; not 0
        /// It is another database than before, or it was away: all that is in memory is to be written again.
        std::function<void()> on_return = [] {};
    };

    explicit RedisStore(Options options);
    ~RedisStore() override;

    /// Connects and checks what is there. Throws RedisFailure.
    void connect();

    /// Numbers are of this load alone. Peers that are silent for longer than they may be are left out, and
    /// deleted; what is no record is left out. Throws Error.
    void load(UnixSeconds now, UnixSeconds max_age, const std::function<void(const SwarmRecord&)>& swarm,
              const std::function<void(const PeerRecord&)>& peer) override;
    [[nodiscard]] bool in_place() const override { return true; }
    void apply(const Changes& changes, UnixSeconds now) override;
    void sync() override {}

    /// Says that this tracker ends and has told everything. Throws StoreFailure.
    void leave();
    /// Trackers that have written nothing for 15 s and did not leave, in the last 30 days: they were killed,
    /// or are cut off from Redis. What they heard last may have been told to nobody, a completion among it.
    /// As of at most 5 s ago. From any thread.
    [[nodiscard]] std::uint32_t lost_trackers() const { return lost_trackers_; }

  private:
    void check_epoch();
    void look_at_trackers(UnixSeconds now);
    void write(const Changes& changes);
    void write_part(const Changes& part);
    void write_swarm(const SwarmRecord& swarm);
    void drain();

    Options options_;
    std::unique_ptr<RedisConnection> connection_;
    std::uint64_t batches_ = 0;
    std::size_t unread_ = 0;     ///< replies to commands that were sent
    std::string epoch_;          ///< of what it wrote to last
    UnixSeconds looked_at_ = 0;  ///< when it last said that it lives, and looked who else does
    std::atomic<std::uint32_t> lost_trackers_ = 0;
};

/// Checks that the database is the trackers', or makes an empty one theirs. Throws RedisFailure (kRefused)
/// for other data and versions that do not fit.
void claim_database(RedisConnection& connection);

/// Everything, as Store::load() gives it.
/// @return how many values were no records
std::uint64_t load_all(RedisConnection& connection, UnixSeconds now,
                       const std::function<void(const SwarmRecord&)>& swarm,
                       const std::function<void(const PeerRecord&)>& peer);

}  // namespace shoal::tracker
