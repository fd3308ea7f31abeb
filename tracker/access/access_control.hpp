#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip_network.hpp"
#include "tracker/model/announce.hpp"
#include "tracker/model/failure.hpp"

namespace shoal::tracker {

struct AccessOptions {
    /// One info-hash in hex a line; '#' begins a comment. None: every swarm is served.
    std::optional<std::filesystem::path> allow_list;
    /// One `KEY NAME` a line. None: no key is asked for.
    std::optional<std::filesystem::path> key_file;
    std::vector<IpNetwork> trusted_proxies;
    std::uint32_t requests_per_second = 0;  ///< of one address, in bursts of twice that; 0: no limit
    /// Handed out in place of the loopback address of peers on the tracker's own machine.
    std::optional<IpAddress> external_address;
};

/// Who may announce what, and as whom. Thread-safe.
class AccessControl {
  public:
    /// Reads the files. Throws Error: kFileSystem, or kUsage with the line that is wrong.
    explicit AccessControl(AccessOptions options);
    AccessControl(const AccessControl&) = delete;
    AccessControl& operator=(const AccessControl&) = delete;
    ~AccessControl();

    /// Reads the files again; on an error throws and goes on with what it had.
    void reload();
    /// Lets a swarm in besides the allow list.
    void allow(const InfoHash& info_hash);
    void disallow(const InfoHash& info_hash);

    /// @param key  from the announce path, empty where there is none
    [[nodiscard]] std::optional<Failure> check_key(std::string_view key) const;
    [[nodiscard]] std::optional<Failure> check_swarm(const InfoHash& info_hash) const;
    /// Counts one request of that address.
    /// @param now  milliseconds of a steady clock
    [[nodiscard]] std::optional<Failure> check_rate(const IpAddress& source, std::uint64_t now);

    [[nodiscard]] bool trusts(const IpAddress& proxy) const;
    /// Who really asks: the right-most address of X-Forwarded-For that is no trusted proxy, where the
    /// connection comes from one; else the connection's.
    [[nodiscard]] IpAddress source_of(const IpAddress& connection, std::string_view x_forwarded_for) const;
    /// Where the announcer can be dialled.
    /// @param believed  its `ip`, `ipv4` and `ipv6` count: it speaks for others, as a trusted proxy does
    [[nodiscard]] PeerContact contact_of(const AnnounceRequest& request, const IpAddress& source,
                                         bool believed) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// "KEY" of "/announce/KEY" or "/scrape/KEY?query"; empty where there is none.
std::string_view key_in_path(std::string_view path);

}  // namespace shoal::tracker
