#include "client/doctor/machine_checks.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <vector>

#include "common/file_descriptor.hpp"
#include "common/socket_address.hpp"
#include "common/units.hpp"

namespace shoal::doctor {
namespace {

using State = Check::State;

std::string words(int error_number) {
    return std::generic_category().message(error_number);
}

/// What a peer would connect to: itself where we listen on all addresses.
Endpoint reachable(int listener, Endpoint endpoint) {
    endpoint = local_endpoint(listener).value_or(endpoint);
    if (endpoint.address.is_unspecified())
        endpoint.address = *IpAddress::parse(endpoint.address.is_v6() ? "::1" : "127.0.0.1");
    return endpoint;
}

/// The nearest folder that is there: DIR itself may only be made by the download.
std::filesystem::path existing_parent(std::filesystem::path folder) {
    folder = std::filesystem::absolute(folder);
    std::error_code error;
    while (!std::filesystem::exists(folder, error) && folder.has_relative_path())
        folder = folder.parent_path();
    return folder;
}

}  // namespace

Check check_port(const Endpoint& endpoint, bool asked) {
    Check check{"port " + endpoint.to_string(), State::kOk, "free, and takes connections", ""};
    const SocketAddress address(endpoint);
    const FileDescriptor listener(::socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(listener.get(), address.get(), address.size()) != 0 || ::listen(listener.get(), 1) != 0) {
        const int error = errno;
        check.state = asked || error != EADDRINUSE ? State::kFail : State::kWarn;
        check.found = words(error);
        check.advice = error != EADDRINUSE
                           ? "choose an address of this machine and a port above 1023 with --listen"
                       : asked ? "end the other program ('ss -ltnp' names it), or choose another port"
                               : "another client runs here; shoal will take the next free port";
        return check;
    }
    const FileDescriptor peer(::socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    timeval patience{3, 0};
    ::setsockopt(peer.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const SocketAddress target(reachable(listener.get(), endpoint));
    if (::connect(peer.get(), target.get(), target.size()) != 0) {
        check.state = State::kFail;
        check.found = "does not take connections: " + words(errno);
        check.advice = "a firewall on this machine drops them: open the port for TCP, and for UDP (DHT)";
    }
    return check;
}

Check check_daemons_port(std::uint16_t port) {
    Check check{fmt::format("port {}", port), State::kOk, "is the running daemon's, and takes connections",
                ""};
    const SocketAddress address(Endpoint{IpAddress::v4({127, 0, 0, 1}), port});
    const FileDescriptor peer(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    timeval patience{3, 0};
    ::setsockopt(peer.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(peer.get(), address.get(), address.size()) == 0) return check;
    // It may listen on an address of its own, where only others reach it.
    check.state = State::kWarn;
    check.found = "is the running daemon's, and does not take connections from 127.0.0.1: " + words(errno);
    check.advice = "fine where --listen names another address; else open the port in the firewall";
    return check;
}

Check check_space(const std::filesystem::path& folder, std::optional<std::uint64_t> needed) {
    Check check{"disk space", State::kOk, "", ""};
    struct statvfs info {};
    const std::filesystem::path there = existing_parent(folder);
    if (::statvfs(there.c_str(), &info) != 0) {
        return {"disk space", State::kFail, there.string() + ": " + words(errno),
                "choose another folder with --to"};
    }
    const std::uint64_t free = std::uint64_t{info.f_bavail} * info.f_frsize;
    const std::uint64_t size = std::uint64_t{info.f_blocks} * info.f_frsize;
    check.found = fmt::format("{} free in {}", format_size(free), there.string());
    if (needed) check.found += fmt::format(", {} needed", format_size(*needed));
    constexpr std::uint64_t kSpareShare = 20;  // 5 %: some file systems get slow beyond
    if (::access(there.c_str(), W_OK) != 0) {
        check.state = State::kFail;
        check.found += ", not writable";
        check.advice = "give this user the right to write there, or choose another folder with --to";
    } else if (needed && *needed > free) {
        check.state = State::kFail;
        check.advice = "free some space, or choose another folder with --to";
    } else if (free - needed.value_or(0) < size / kSpareShare) {
        check.state = State::kWarn;
        check.advice = "the disk will be nearly full";
    }
    return check;
}

Check check_disk_speed(const std::filesystem::path& folder) {
    using Clock = std::chrono::steady_clock;
    constexpr std::size_t kBlock = 4u << 20;
    constexpr std::uint64_t kMost = 64u << 20;
    constexpr std::chrono::seconds kLongest{3};
    constexpr double kSlow = 50e6;  // below a tenth of what 10 Gbit/s bring, and of any SSD
    const std::filesystem::path there = existing_parent(folder);
    // Without a name from the start where the file system can, so that nothing stays whatever happens.
    const FileDescriptor file(::open(there.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    if (file.get() < 0)
        return {"disk speed", State::kWarn, "not measured: " + words(errno), "try another folder with --to"};
    // Not zeros: some disks and file systems do not store those.
    std::vector<char> block(kBlock);
    std::uint32_t noise = 1;
    for (char& byte : block) byte = static_cast<char>((noise = noise * 1664525u + 1013904223u) >> 24);
    std::uint64_t written = 0;
    const auto start = Clock::now();
    while (written < kMost && Clock::now() - start < kLongest) {
        const std::uint64_t left = std::min<std::uint64_t>(kBlock, kMost - written);
        const ssize_t n = ::write(file.get(), block.data(), left);
        if (n <= 0 || ::fdatasync(file.get()) != 0)
            return {"disk speed", State::kFail, "writing failed: " + words(errno),
                    "look at the system's log"};
        written += static_cast<std::uint64_t>(n);
    }
    const double seconds = std::max(1e-6, std::chrono::duration<double>(Clock::now() - start).count());
    const double rate = static_cast<double>(written) / seconds;
    Check check{"disk speed", State::kOk, fmt::format("writes {}", format_rate(rate)), ""};
    if (rate < kSlow) {
        check.state = State::kWarn;
        check.advice = "the disk will hold the download back; a network file system, or a busy disk?";
    }
    return check;
}

Check check_file_limit() {
    // A thousand connections and five hundred open files; more than that a daemon with many torrents.
    constexpr rlim_t kComfortable = 2048;
    constexpr rlim_t kLeast = 256;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    Check check{"open files", State::kOk, fmt::format("{} allowed", limit.rlim_cur), ""};
    if (limit.rlim_cur == RLIM_INFINITY) check.found = "no limit";
    if (limit.rlim_cur < kComfortable) {
        check.state = limit.rlim_cur < kLeast ? State::kFail : State::kWarn;
        check.advice = fmt::format("'ulimit -n {}', or LimitNOFILE={} in the service", kComfortable * 4,
                                   kComfortable * 4);
    }
    return check;
}

}  // namespace shoal::doctor
