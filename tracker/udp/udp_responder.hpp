#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/ip_address.hpp"
#include "common/metrics/histogram.hpp"
#include "tracker/model/failure_counts.hpp"
#include "tracker/model/record.hpp"
#include "tracker/protocol/connection_id.hpp"

namespace shoal::tracker {

class AnnounceDesk;
namespace udp {
struct Packet;
}

struct UdpCounters {
    std::atomic<std::uint64_t> connects{0};
    std::atomic<std::uint64_t> announces{0};
    std::atomic<std::uint64_t> scrapes{0};
    std::atomic<std::uint64_t> errors{0};
    FailureCounts reasons;
    metrics::Histogram announce_times{metrics::fast_bounds()};  ///< of `announces`
};

/// Answers one datagram of the UDP tracker protocol. Thread-safe.
class UdpResponder {
  public:
    UdpResponder(AnnounceDesk& desk, std::function<UnixSeconds()> now, const udp::ConnectionIds& ids);

    /// @param answer  stays empty where the datagram deserves none
    void respond(std::string_view datagram, const Endpoint& from, std::string& answer);
    [[nodiscard]] const UdpCounters& counters() const { return counters_; }

  private:
    std::optional<Failure> announce(udp::Packet& packet, const IpAddress& source, std::string& answer);

    AnnounceDesk& desk_;
    std::function<UnixSeconds()> now_;
    udp::ConnectionIds ids_;
    UdpCounters counters_;
};

}  // namespace shoal::tracker
