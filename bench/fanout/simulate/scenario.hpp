#pragma once

#include <cstdint>
#include <vector>

namespace shoal::simulate {

/// One fan-out: sizes in bytes, rates in bytes a second, times in seconds.
struct Scenario {
    std::uint32_t hosts = 20;
    std::uint32_t origins = 1;
    std::uint64_t size = 64 << 20;
    std::uint32_t piece_size = 64 << 10;
    double rate = 2.5e6;  ///< of every link, each way
    double latency = 0.0002;
    double verify = 0.005;  ///< from a piece's last byte until its HAVE goes out: hashing, disk
    double mtu_overhead = 0.05;
    std::uint32_t have_bytes = 75;  ///< on the wire, for one HAVE in a packet of its own
    std::uint32_t connections = 0;  ///< a leecher's; 0: what the policy wants
    std::uint32_t origin_connections = 2000;
    std::uint32_t slots = 0;     ///< a leecher's unchoke slots; 0: the policy adapts them
    std::uint32_t incoming = 8;  ///< pieces that a leecher downloads at once
    std::uint32_t chunk =
        0;  ///< granularity; 0: blocks of 16 KiB for small swarms, whole pieces for large ones
    std::uint32_t window = 0;    ///< the origin's; 0: the policy adapts it
    bool ration = true;          ///< false: a plain seed, as a standard client's
    bool origin_leaves = false;  ///< when its ration is released
    double start_spread = 0.5;   ///< hosts start within this time
    std::uint32_t killed = 0;    ///< leechers that die at kill_at
    double kill_at = 0;
    std::uint32_t late = 0;  ///< leechers that join at late_at
    double late_at = 0;
    double give_up = 1e5;  ///< simulated seconds
    std::uint64_t seed = 1;

    [[nodiscard]] double one_copy_bound() const { return static_cast<double>(size) / rate; }
};

struct Outcome {
    std::vector<double>
        finished;  ///< seconds since the start, of the hosts that were there from the start, sorted
    std::vector<double> late_finished;  ///< seconds since their own start, sorted
    std::uint32_t unfinished = 0;       ///< alive and not complete
    double released_at = -1;            ///< -1: never, or a plain seed
    double copies_at_release = 0;       ///< sent by all origins
    double copies = 0;
    std::uint32_t largest_window = 0;
    std::uint32_t taken_back = 0;
    std::uint64_t haves = 0;  ///< messages
    std::uint64_t events = 0;
    std::uint64_t announces = 0;
    double uplink_busy = 0;  ///< of the leechers, until the last one finished
};

Outcome run(const Scenario& scenario);

}  // namespace shoal::simulate
