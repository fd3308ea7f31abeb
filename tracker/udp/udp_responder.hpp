#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/ip_address.hpp"
#include "tracker/model/record.hpp"
#include "tracker/protocol/connection_id.hpp"

namespace shoal::tracker {

class AccessControl;
class SwarmTable;

struct UdpCounters {
    std::atomic<std::uint64_t> connects{0};
    std::atomic<std::uint64_t> announces{0};
    std::atomic<std::uint64_t> scrapes{0};
    std::atomic<std::uint64_t> errors{0};
};

/// Answers one datagram of the UDP tracker protocol. Thread-safe.
class UdpResponder {
  public:
    UdpResponder(SwarmTable& swarms, AccessControl& access, std::function<UnixSeconds()> now,
                 const udp::ConnectionIds& ids);

    void respond(std::string_view datagram, const Endpoint& from, std::string& answer);
    [[nodiscard]] const UdpCounters& counters() const { return counters_; }

  private:
    SwarmTable& swarms_;
    AccessControl& access_;
    std::function<UnixSeconds()> now_;
    udp::ConnectionIds ids_;
    UdpCounters counters_;
};

}  // namespace shoal::tracker
