#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tracker/model/record.hpp"

namespace shoal::tracker {

class AccessControl;
class SwarmTable;
struct Vitals;

/// Shares a table with other trackers through Redis: a journal writes what happens here, a follower takes in
/// what happens there. Both go on by themselves when Redis is away, and begin anew when it is back.
class Sharing {
  public:
    /// @param url      of Redis; see RedisAddress
    /// @param tracker  this one's number, as in the table's options
    Sharing(const std::string& url, std::uint64_t tracker, SwarmTable& swarms, AccessControl& access,
            std::function<UnixSeconds()> now);
    Sharing(const Sharing&) = delete;
    Sharing& operator=(const Sharing&) = delete;
    ~Sharing();

    /// Loads what the others have, and begins. Throws Error where Redis cannot be used: kUsage where it never
    /// will (password, other data, version), else kFailed.
    /// @param optional  begin alone then, with a word in the log
    void start(bool optional);
    void stop();
    void add_to(Vitals& vitals) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::tracker
