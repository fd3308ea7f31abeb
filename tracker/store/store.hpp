#pragma once

#include <functional>
#include <stdexcept>

#include "tracker/model/change_source.hpp"

namespace shoal::tracker {

/// Keeps the swarms outside of the process. Whatever it writes to, it holds what tests/tracker/
/// store_contract_test.cpp asks of it. Used from one thread at a time.
class Store {
  public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    /// All records: the swarms first. Numbers fit each other within one load. Peers that were not heard of
    /// for `max_age` may be left out. Throws Error where they cannot be read.
    virtual void load(UnixSeconds now, UnixSeconds max_age,
                      const std::function<void(const SwarmRecord&)>& swarm,
                      const std::function<void(const PeerRecord&)>& peer) = 0;
    /// False while what was opened is no longer where it was.
    [[nodiscard]] virtual bool in_place() const = 0;
    /// All of the batch, or none of it that a second try would count twice. Throws StoreFailure.
    virtual void apply(const Changes& changes, UnixSeconds now) = 0;
    /// What was applied is then as safe as the store can make it. Throws StoreFailure.
    virtual void sync() = 0;
};

/// The disk is full, the file is locked by another program, ...: what may be gone at the next try.
class StoreFailure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace shoal::tracker
