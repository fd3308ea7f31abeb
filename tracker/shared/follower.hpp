#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tracker/model/change_source.hpp"
#include "tracker/shared/redis_address.hpp"

namespace shoal::tracker {

/// Takes in what other trackers have heard. Called on the follower's thread.
class ChangeSink {
  public:
    virtual ~ChangeSink() = default;
    /// @param from  the tracker whose own counts these are; nothing where the record is what Redis holds of
    /// all
    virtual void take(const SwarmRecord& record, std::optional<std::uint64_t> from) = 0;
    virtual void take(const PeerRecord& record) = 0;
    virtual void take(const RemovedPeer& removed) = 0;
};

struct FollowerState {
    bool healthy = true;
    std::string error;          ///< why it is not
    std::uint64_t batches = 0;  ///< of other trackers
    std::uint64_t records = 0;
    std::uint64_t refused = 0;  ///< values that were no records
    std::uint64_t loads = 0;    ///< of everything: at the start, and when a part of the stream was missed
    std::uint64_t failures = 0;
};

/// Follows the changes that other trackers write into Redis: a thread with a connection of its own, which
/// waits for the stream's next entry. After a pause it goes on where it was; where the stream no longer has
/// that, it loads everything.
class Follower {
  public:
    Follower(RedisAddress address, std::uint64_t tracker, ChangeSink& sink, std::function<UnixSeconds()> now);
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;
    ~Follower();  ///< stops

    /// Loads everything; before start(). Throws RedisFailure.
    void load();
    void start();
    void stop();
    [[nodiscard]] FollowerState state() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::tracker
