#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
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

/// A request as a front end sees it, before anything in it is believed.
struct Caller {
    IpAddress connection;  ///< the other end of the connection, or the sender of the datagram
    /// The values of X-Forwarded-For, line by line in the order in which they came; none over UDP.
    std::span<const std::string_view> forwarded_for;
    std::string_view key;  ///< from the tracker's path; empty: none
};

/// Who really asks.
struct Source {
    /// The right-most address of X-Forwarded-For that is no trusted proxy, where the connection comes from a
    /// trusted one; else the connection's.
    IpAddress address;
    bool known = true;  ///< false: a proxy said "unknown" or the like; the address is the proxy's
    /// Its `ip`, `ipv4` and `ipv6` count: it speaks for others, as a trusted proxy does.
    bool believed = false;
};

/// Entries of the files; nothing where there is no such file.
struct ListCounts {
    std::optional<std::size_t> allowed;
    std::optional<std::size_t> keys;
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
    /// What was read last.
    [[nodiscard]] ListCounts counts() const;
    /// Lets a swarm in besides the allow list.
    void allow(const InfoHash& info_hash);
    void disallow(const InfoHash& info_hash);

    /// Decides whether a request is let in, and counts it for its source's rate.
    /// @param swarm  nothing where the request names none, or only asks for counts
    /// @param now    milliseconds of a steady clock
    /// @return who asks, or why that request is refused
    [[nodiscard]] std::variant<Source, Failure> admit(const Caller& caller, const InfoHash* swarm,
                                                      std::uint64_t now);
    /// Where the announcer can be dialled. An address that nobody can dial is kept with port 0.
    [[nodiscard]] PeerContact contact_of(const AnnounceRequest& request, const Source& source) const;

  private:
    [[nodiscard]] bool trusts(const IpAddress& proxy) const;
    [[nodiscard]] Source source_of(const Caller& caller) const;
    [[nodiscard]] std::optional<Failure> check_lists(std::string_view key, const InfoHash* swarm) const;

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace shoal::tracker
