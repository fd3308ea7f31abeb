#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/ip_address.hpp"

namespace shoal::tracker {

/// Every option of the program, with its default.
struct Config {
    std::vector<Endpoint>
        listen;  ///< empty: port 6969 on all IPv4 addresses and, where there is IPv6, on its
    std::string database = "shoal-tracker.db";         ///< ":memory:" for none
    std::optional<std::string> shared;                 ///< URL of the Redis that other trackers use too
    std::optional<std::filesystem::path> shared_file;  ///< holds that URL
    bool shared_optional = false;                      ///< begin without it where it cannot be used
    std::chrono::milliseconds interval = std::chrono::seconds(30);
    unsigned threads = 0;  ///< 0: one a core
    bool no_udp = false;
    // Who may use it.
    std::optional<std::filesystem::path> allow_list;
    std::optional<std::filesystem::path> key_file;
    std::vector<std::string> trusted_proxies;  ///< addresses or networks
    std::optional<IpAddress> external_address;
    std::uint32_t requests_per_second = 0;  ///< of one address; 0: no limit
    std::uint32_t max_swarms = 0;           ///< 0: no cap, so the next two
    std::uint32_t max_peers_per_swarm = 0;
    std::uint32_t max_peers_per_address = 0;  ///< in one swarm
    std::size_t max_connections = 16 * 1024;
    std::uint64_t max_header_size = 16 * 1024;  ///< bytes
    std::chrono::milliseconds idle_timeout = std::chrono::seconds(60);
    // What peers get.
    std::chrono::milliseconds max_interval = std::chrono::minutes(2);
    std::uint32_t numwant = 50;
    std::uint32_t max_peers = 200;
    std::vector<std::string> sites;  ///< NAME=CIDR[,CIDR]
    double site_share = 0.6;
    std::string tracker_id;  ///< empty: none is sent
    // What the operator sees.
    std::optional<std::string> admin_token;
    std::optional<std::filesystem::path> admin_token_file;  ///< holds that token
    std::optional<std::filesystem::path> tls_certificate;
    std::optional<std::filesystem::path> tls_key;
    std::string log_format = "text";
    bool verbose = false;
    bool check_config = false;
};

}  // namespace shoal::tracker
