#include "client/swarm/plugin/utp_refusal.hpp"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "client/swarm/plugin/added_places.hpp"
#include "client/swarm/plugin/udp_sockets.hpp"
#include "common/log.hpp"
#include "common/socket_address.hpp"

namespace shoal::client {
namespace lt = libtorrent;

namespace {

constexpr std::size_t kHeader = 20;
constexpr unsigned kSyn = 0x41;  // type 4, version 1
constexpr char kReset = 0x31;    // type 3, version 1
constexpr unsigned char kExtensionBits = 2;

std::error_code last_error() {
    return {errno, std::generic_category()};
}

std::uint16_t big_endian(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8 |
                                      static_cast<unsigned char>(bytes[at + 1]));
}

bool set_option(int socket, int level, int name, int value) {
    return ::setsockopt(socket, level, name, &value, sizeof value) == 0;
}

/// Two sockets at one address are one group only where these are the same.
void copy_binding(int from, int to, int family) {
    int only_v6 = 0;
    socklen_t size = sizeof only_v6;
    if (family == AF_INET6 && ::getsockopt(from, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, &size) == 0)
        set_option(to, IPPROTO_IPV6, IPV6_V6ONLY, only_v6);
    std::array<char, 64> device{};
    size = device.size();
    if (::getsockopt(from, SOL_SOCKET, SO_BINDTODEVICE, device.data(), &size) == 0 && size > 0)
        ::setsockopt(to, SOL_SOCKET, SO_BINDTODEVICE, device.data(), size);
}

/// The group's sockets are numbered in the order in which they joined. The program sees the content alone; a
/// packet without content ends it with 0.
bool choose_second_for_first_packets(int socket) {
    std::array<sock_filter, 4> program{{
        // operation, skipped where true, skipped where false, operand
        {BPF_LD | BPF_B | BPF_ABS, 0, 0, 0},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, kSyn},
        {BPF_RET | BPF_K, 0, 0, 1},
        {BPF_RET | BPF_K, 0, 0, 0},
    }};
    const sock_fprog whole{static_cast<unsigned short>(program.size()), program.data()};
    return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &whole, sizeof whole) == 0;
}

using Clock = TorrentDialler::Clock;

/// For epoll_wait(2): rounded up, -1 without an end.
int milliseconds_until(std::optional<Clock::time_point> when) {
    if (!when) return -1;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*when - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(wait, 0));
}

}  // namespace

std::optional<UtpSyn> UtpSyn::parse(std::string_view packet) {
    if (packet.size() < kHeader || static_cast<unsigned char>(packet[0]) != kSyn) return std::nullopt;
    return UtpSyn{.connection = big_endian(packet, 2),
                  .sequence = big_endian(packet, 16),
                  .old_libutp = static_cast<unsigned char>(packet[1]) == kExtensionBits};
}

std::string utp_reset(const UtpSyn& syn, std::chrono::microseconds now) {
    std::string packet(kHeader, '\0');
    const auto put = [&packet](std::size_t at, std::uint16_t value) {
        packet[at] = static_cast<char>(value >> 8);
        packet[at + 1] = static_cast<char>(value & 0xff);
    };
    const auto timestamp = static_cast<std::uint32_t>(now.count());
    packet[0] = kReset;
    put(2, syn.connection);
    put(4, static_cast<std::uint16_t>(timestamp >> 16));
    put(6, static_cast<std::uint16_t>(timestamp & 0xffff));
    put(18, syn.sequence);  // acknowledged
    return packet;
}

FileDescriptor divert_first_packets(int udp_socket, std::error_code& error) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    error.clear();
    if (::getsockname(udp_socket, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
        FileDescriptor beside(::socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        copy_binding(udp_socket, beside.get(), address.ss_family);
        if (set_option(udp_socket, SOL_SOCKET, SO_REUSEPORT, 1) &&
            set_option(beside.get(), SOL_SOCKET, SO_REUSEPORT, 1) &&
            ::bind(beside.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
            choose_second_for_first_packets(beside.get())) {
            return beside;
        }
    }
    error = last_error();
    return FileDescriptor();
}

UtpRefusal::UtpRefusal(bool finished_dial, int incoming_percent)
    : dialler_(finished_dial),
      incoming_percent_(incoming_percent),
      poll_(::epoll_create1(EPOLL_CLOEXEC)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = stop_.get()}};
    if (poll_.get() < 0 || ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, stop_.get(), &event) != 0)
        throw std::system_error(last_error(), "the watch over uTP's first packets");
    thread_ = std::jthread([this] { answer_until_stopped(); });
}

UtpRefusal::~UtpRefusal() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(stop_.get(), &one, sizeof one);
    thread_.join();
}

void UtpRefusal::on_alert(const lt::alert* alert) {
    const std::optional<Endpoint> local = new_udp_socket(alert);
    if (!local) return;
    for (const int fd : udp_sockets_at(*local)) {
        if (std::ranges::any_of(sockets_, [fd](const FileDescriptor& own) { return own.get() == fd; }))
            continue;
        std::error_code error;
        FileDescriptor beside = divert_first_packets(fd, error);
        epoll_event event{.events = EPOLLIN, .data = {.fd = beside.get()}};
        if (!error && ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, beside.get(), &event) != 0)
            error = last_error();
        if (error) {
            log::warning("uTP is taken from everybody, and is slow",
                         {{"address", local->to_string()}, {"why", error.message()}});
        } else {
            sockets_.push_back(std::move(beside));
        }
    }
}

std::shared_ptr<lt::torrent_plugin> UtpRefusal::new_torrent(const lt::torrent_handle& torrent,
                                                            lt::client_data_t) {
    dialler_.add(torrent);
    return std::make_shared<AddedPlaces>(torrent, incoming_percent_);
}

void UtpRefusal::answer_until_stopped() {
    std::array<epoll_event, 8> events{};
    while (true) {
        const auto next = dialler_.dial(Clock::now());
        const int ready = ::epoll_wait(poll_.get(), events.data(), events.size(), milliseconds_until(next));
        for (int i = 0; i < ready; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd == stop_.get()) return;
            answer(fd);
        }
    }
}

void UtpRefusal::answer(int socket) {
    std::array<char, 128> bytes{};  // what is longer is cut, and is refused as well
    while (true) {
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        auto* const address = reinterpret_cast<sockaddr*>(&from);
        const ssize_t got = ::recvfrom(socket, bytes.data(), bytes.size(), 0, address, &size);
        if (got < 0) return;
        const auto syn = UtpSyn::parse({bytes.data(), static_cast<std::size_t>(got)});
        if (!syn) continue;
        const auto now =
            std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch());
        const std::string reset = utp_reset(*syn, now);
        ::sendto(socket, reset.data(), reset.size(), 0, address, size);
        if (syn->old_libutp) dialler_.want(to_endpoint(from));
    }
}

}  // namespace shoal::client
