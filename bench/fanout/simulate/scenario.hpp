#pragma once

#include <cstdint>
#include <vector>

namespace shoal::simulate {

/// One fan-out: sizes in bytes, rates in bytes a second, times in seconds. The defaults are what the client's
/// session does.
struct Scenario {
    std::uint32_t hosts = 20;
    std::uint32_t origins = 1;
    std::uint64_t size = 64 << 20;
    std::uint32_t piece_size = 64 << 10;
    double rate = 2.5e6;      ///< of every leecher's link, each way
    double origin_rate = 0;   ///< of an origin's; 0: as the others
    double latency = 0.0001;  ///< one way
    std::uint64_t queue = 0;  ///< of a link; 0: 100 ms of it, at least 48 KiB and at most 1 MiB
    std::uint32_t mtu = 1500;
    double hash_rate = 1e9;  ///< of one piece at one host, from its last byte until its HAVE
    double disk = 0.001;     ///< and the disk's part of that

    std::uint32_t connections = 28;  ///< a leecher's, half of them dialled by itself
    std::uint32_t origin_connections = 60;
    std::uint32_t slots = 0;  ///< of a leecher and of a released origin; 0: the policy adapts the leechers'
    bool neediest_first = false;  ///< slots go to the peers with the fewest pieces
    double unchoke_interval = 3;  ///< a slot goes to another peer after so long
    std::uint32_t incoming = 0;   ///< pieces that a leecher downloads at once; 0: any number
    std::uint32_t window = 0;     ///< pieces an origin hands out at once; 0: the policy adapts it
    bool ration = true;           ///< false: a plain seed, as a standard client's
    bool origin_leaves = false;   ///< when its ration is released

    double start_spread = 0.05;    ///< hosts start within this time
    double tracker_rate = 50'000;  ///< announces that the tracker answers a second
    double interval = 30;          ///< between a host's announces
    std::uint32_t killed = 0;      ///< leechers that die at kill_at
    double kill_at = 0;
    std::uint32_t late = 0;  ///< leechers that join at late_at
    double late_at = 0;
    double give_up = 1e5;  ///< simulated seconds
    std::uint64_t seed = 1;

    [[nodiscard]] double one_copy_bound() const {
        return static_cast<double>(size) / (origin_rate > 0 && origin_rate < rate ? origin_rate : rate);
    }
};

struct Outcome {
    /// Seconds since the start, of the hosts that were there from the start, sorted.
    std::vector<double> finished;
    std::vector<double> late_finished;  ///< seconds since their own start, sorted
    std::uint32_t unfinished = 0;       ///< alive and not complete
    double released_at = -1;            ///< -1: never, or a plain seed
    double copies_until_one = 0;        ///< sent by all origins until every piece was at some leecher
    double copies = 0;
    std::uint32_t largest_window = 0;
    std::uint32_t taken_back = 0;
    std::uint64_t haves = 0;  ///< messages sent by leechers
    double connections = 0;   ///< of a leecher, on average
    std::uint64_t announces = 0;
    std::uint32_t announces_peak = 0;  ///< answered in the busiest second
    double last_joined = 0;            ///< seconds until the tracker had answered the last first announce
    std::uint64_t events = 0;
    double uplink_busy =
        0;  ///< share of the leechers' links that carried payload, until the last one finished
};

/// Throws Error (usage) where the scenario is none.
void check(const Scenario& scenario);

Outcome run(const Scenario& scenario);

}  // namespace shoal::simulate
