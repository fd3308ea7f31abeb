#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/ip_address.hpp"

namespace shoal::tracker {

/// Every option of the program, with its default.
struct Config {
    std::vector<Endpoint>
        listen;  ///< empty: port 6969 on all IPv4 addresses and, where there is IPv6, on its
    std::string database = "shoal-tracker.db";  ///< ":memory:" for none
    std::chrono::milliseconds interval = std::chrono::seconds(30);
    unsigned threads = 0;  ///< 0: one a core
    std::optional<IpAddress> external_address;
    std::string log_format = "text";
};

}  // namespace shoal::tracker
