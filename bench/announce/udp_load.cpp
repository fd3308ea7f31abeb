// A fleet that announces over UDP (BEP 15) as fast as it is answered.
//
//     udp_load PORT SECONDS TORRENTS PEERS [WINDOW]
//
// PEERS peers of TORRENTS swarms announce again and again, with at most WINDOW announces unanswered. SECONDS
// 0: each peer once. Prints one line: RESULT announces/s answered p50_us p99_us lost
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kAnnounceSize = 98;
constexpr unsigned kBatch = 32;
// Of a swarm's peers, each has a port of its own, as if it had an address of its own; those of announce.lua
// are lower.
constexpr std::uint32_t kFirstPort = 33'000;

template <class Number>
void put(char* at, Number value) {
    for (std::size_t i = 0; i < sizeof value; ++i)
        at[i] = static_cast<char>(value >> (8 * (sizeof value - 1 - i)) & 0xff);
}

std::uint32_t get32(const char* at) {
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return ntohl(value);
}

/// As announce.lua and whitelist.py name their torrents.
void put_info_hash(char* at, std::uint32_t torrent) {
    std::memset(at, 0, 20);
    at[0] = static_cast<char>(0xa5);
    put<std::uint32_t>(at + 16, torrent * 2654435761u);
}

class Load {
  public:
    Load(int socket, std::uint64_t id, std::uint32_t torrents, std::uint32_t peers)
        : socket_(socket), torrents_(torrents), peers_(peers), sent_at_(1 << 16) {
        for (auto& packet : out_) {
            packet.fill(0);
            std::memcpy(packet.data(), &id, sizeof id);
            put<std::uint32_t>(packet.data() + 8, 1);
            std::memcpy(packet.data() + 36, "-UL0001-", 8);
            put<std::uint32_t>(packet.data() + 92, 50);
        }
    }

    void send(unsigned count) {
        std::array<mmsghdr, kBatch> messages{};
        std::array<iovec, kBatch> parts{};
        const auto now = Clock::now();
        for (unsigned i = 0; i < count; ++i) {
            char* packet = out_[i].data();
            const std::uint32_t peer = next_ % peers_;
            put<std::uint32_t>(packet + 12, next_);
            sent_at_[next_ % sent_at_.size()] = now;
            ++next_;
            put_info_hash(packet + 16, peer % torrents_);
            char id[16];
            std::snprintf(id, sizeof id, "%012u", peer);
            std::memcpy(packet + 44, id, 12);
            put<std::uint64_t>(packet + 64, peer % 4 == 0 ? 0 : 1'000'000 + peer);
            put<std::uint16_t>(packet + 96, static_cast<std::uint16_t>(kFirstPort + peer / torrents_));
            parts[i] = {packet, kAnnounceSize};
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        for (unsigned done = 0; done < count;) {
            const int n = ::sendmmsg(socket_, messages.data() + done, count - done, 0);
            if (n > 0) done += static_cast<unsigned>(n);
        }
    }

    /// How many answers came within 20 ms.
    unsigned receive() {
        pollfd entry{socket_, POLLIN, 0};
        if (::poll(&entry, 1, 20) <= 0) return 0;
        std::array<mmsghdr, kBatch> messages{};
        std::array<iovec, kBatch> parts{};
        for (unsigned i = 0; i < kBatch; ++i) {
            parts[i] = {in_[i].data(), in_[i].size()};
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        const int n = ::recvmmsg(socket_, messages.data(), kBatch, MSG_DONTWAIT, nullptr);
        const auto now = Clock::now();
        unsigned good = 0;
        for (int i = 0; i < n; ++i) {
            const auto& answer = in_[static_cast<std::size_t>(i)];
            if (messages[static_cast<std::size_t>(i)].msg_len < 20 || get32(answer.data()) != 1) continue;
            ++good;
            const auto took = now - sent_at_[get32(answer.data() + 4) % sent_at_.size()];
            latencies_.push_back(static_cast<std::uint32_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
        }
        return good;
    }

    [[nodiscard]] std::uint32_t sent() const { return next_; }
    std::vector<std::uint32_t>& latencies() { return latencies_; }

  private:
    int socket_;
    std::uint32_t torrents_;
    std::uint32_t peers_;
    std::uint32_t next_ = 0;
    std::array<std::array<char, kAnnounceSize>, kBatch> out_;
    std::array<std::array<char, 2048>, kBatch> in_;
    std::vector<Clock::time_point> sent_at_;
    std::vector<std::uint32_t> latencies_;
};

std::uint64_t connect_to_tracker(int socket) {
    std::array<char, 16> packet{};
    put<std::uint64_t>(packet.data(), 0x41727101980);
    put<std::uint32_t>(packet.data() + 12, 1);
    std::array<char, 64> answer{};
    if (::send(socket, packet.data(), packet.size(), 0) != 16 ||
        ::recv(socket, answer.data(), answer.size(), 0) != 16 || get32(answer.data()) != 0) {
        std::fprintf(stderr, "udp_load: no UDP tracker answers there\n");
        std::exit(1);
    }
    std::uint64_t id = 0;  // as it came: it goes back unchanged
    std::memcpy(&id, answer.data() + 8, sizeof id);
    return id;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) {
        std::fprintf(stderr, "usage: udp_load PORT SECONDS TORRENTS PEERS [WINDOW]\n");
        return 2;
    }
    const auto number = [&](int i) { return static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)); };
    const unsigned window = argc > 5 ? number(5) : 256;
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(number(1)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{2, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const int space = 4 << 20;
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &space, sizeof space);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 1;
    Load load(fd, connect_to_tracker(fd), number(3), number(4));

    const auto start = Clock::now();
    const auto renew = std::chrono::seconds(number(2));
    const bool once = number(2) == 0;
    unsigned waiting = 0;
    std::uint64_t answered = 0;
    std::uint64_t lost = 0;
    while (once ? load.sent() < number(4) : Clock::now() - start < renew) {
        while (waiting + kBatch <= window) {
            const unsigned count = once ? std::min(kBatch, number(4) - load.sent()) : kBatch;
            if (count == 0) break;
            load.send(count);
            waiting += count;
        }
        const unsigned good = load.receive();
        answered += good;
        if (good == 0) lost += waiting;
        waiting = good == 0 ? 0 : waiting - std::min(waiting, good);
    }
    while (waiting > 0) {
        const unsigned good = load.receive();
        if (good == 0) break;
        answered += good;
        waiting -= std::min(waiting, good);
    }
    lost += waiting;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    auto& latencies = load.latencies();
    std::sort(latencies.begin(), latencies.end());
    const auto percentile = [&](double share) {
        return latencies.empty()
                   ? 0u
                   : latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1))];
    };
    std::printf("RESULT %.0f %llu %u %u %llu\n", static_cast<double>(answered) / seconds,
                static_cast<unsigned long long>(answered), percentile(0.5), percentile(0.99),
                static_cast<unsigned long long>(lost));
    ::close(fd);
}
