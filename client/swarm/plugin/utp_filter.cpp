#include "client/swarm/plugin/utp_filter.hpp"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

#include "client/swarm/plugin/udp_sockets.hpp"
#include "common/log.hpp"

namespace shoal::client {
namespace lt = libtorrent;

namespace {

constexpr unsigned kUdpHeader = 8;  // RFC 768; the filter sees it, too
constexpr unsigned kSyn = 0x41;     // type 4, version 1
constexpr unsigned kExtensionBits = 2;
constexpr unsigned kWhole = 0xffffffff;

std::error_code filter(int udp_socket) {
    std::array<sock_filter, 6> program{{
        // operation, skipped where true, skipped where false, operand
        {BPF_LD | BPF_B | BPF_ABS, 0, 0, kUdpHeader},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 2, kSyn},
        {BPF_LD | BPF_B | BPF_ABS, 0, 0, kUdpHeader + 1},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, kExtensionBits},
        {BPF_RET | BPF_K, 0, 0, kWhole},
        {BPF_RET | BPF_K, 0, 0, 0},
    }};
    const sock_fprog whole{static_cast<unsigned short>(program.size()), program.data()};
    if (::setsockopt(udp_socket, SOL_SOCKET, SO_ATTACH_FILTER, &whole, sizeof whole) == 0) return {};
    return {errno, std::generic_category()};
}

}  // namespace

void UtpFilter::on_alert(const lt::alert* alert) {
    const std::optional<Endpoint> local = new_udp_socket(alert);
    if (!local) return;
    if (const std::error_code error = admit_only_old_libutp(*local))
        log::warning("uTP is taken from everybody, and is slow",
                     {{"address", local->to_string()}, {"why", error.message()}});
}

std::error_code admit_only_old_libutp(const Endpoint& local) {
    std::error_code result = std::make_error_code(std::errc::no_such_file_or_directory);
    for (const int fd : udp_sockets_at(local)) result = filter(fd);
    return result;
}

}  // namespace shoal::client
