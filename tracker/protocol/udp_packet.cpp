#include "tracker/protocol/udp_packet.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>

namespace shoal::tracker::udp {
namespace {

constexpr std::uint64_t kProtocolId = 0x41727101980;
constexpr std::size_t kHeader = 16;
constexpr std::size_t kAnnounceSize = 98;
enum Action : std::uint32_t { kConnect = 0, kAnnounce = 1, kScrape = 2, kError = 3 };

template <class Number>
Number read(std::string_view bytes, std::size_t at) {
    std::make_unsigned_t<Number> value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
        value = static_cast<decltype(value)>(static_cast<std::uint64_t>(value) << 8 |
                                             static_cast<std::uint8_t>(bytes[at + i]));
    }
    return static_cast<Number>(value);
}

template <class Number>
void write(std::string& out, Number value) {
    std::array<char, sizeof(Number)> bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>((value >> (8 * (bytes.size() - 1 - i))) & 0xff);
    out.append(bytes.data(), bytes.size());
}

/// Serves statistics only: a negative number is none.
std::uint64_t read_total(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(read<std::int64_t>(bytes, at), 0));
}

Event event_of(std::uint32_t number) {
    switch (number) {
        case 0:
            return Event::kNone;
        case 1:
            return Event::kCompleted;
        case 2:
            return Event::kStarted;
        case 3:
            return Event::kStopped;
        case 4:
            return Event::kPaused;  // as libtorrent says it; BEP 21 has no number for it
        default:
            return Event::kNone;
    }
}

/// BEP 41: (0) ends, (1) is padding, (2, length, text) is a part of the request string; others are skipped by
/// their length.
std::string read_request_string(std::string_view options) {
    std::string text;
    while (!options.empty() && options[0] != 0) {
        if (options[0] == 1) {
            options.remove_prefix(1);
            continue;
        }
        if (options.size() < 2) break;
        const auto length = static_cast<std::size_t>(static_cast<std::uint8_t>(options[1]));
        if (options[0] == 2) text += options.substr(2, length);
        options.remove_prefix(std::min(options.size(), 2 + length));
    }
    return text;
}

std::variant<Connect, Announce, Scrape, Failure> parse_announce(std::string_view bytes) {
    if (bytes.size() < kAnnounceSize) return Failure{"the announce is too short"};
    Announce announce;
    AnnounceRequest& request = announce.request;
    request.info_hash = *InfoHash::from_bytes(bytes.substr(16, 20));
    request.peer_id = *PeerId::from_bytes(bytes.substr(36, 20));
    request.downloaded = read_total(bytes, 56);
    const auto left = read<std::uint64_t>(bytes, 64);
    if (left <= kMostLeft) request.left = left;
    request.uploaded = read_total(bytes, 72);
    request.event = event_of(read<std::uint32_t>(bytes, 80));
    if (const auto ip = read<std::uint32_t>(bytes, 84); ip != 0) {
        request.ip.emplace();
        request.ip->address =
            IpAddress::v4({static_cast<std::uint8_t>(ip >> 24), static_cast<std::uint8_t>(ip >> 16),
                           static_cast<std::uint8_t>(ip >> 8), static_cast<std::uint8_t>(ip)});
    }
    request.key = read<std::uint32_t>(bytes, 88);
    const auto numwant = read<std::int32_t>(bytes, 92);
    if (numwant >= 0) request.numwant = static_cast<std::uint32_t>(numwant);
    request.port = read<std::uint16_t>(bytes, 96);
    announce.request_string = read_request_string(bytes.substr(kAnnounceSize));
    return announce;
}

std::variant<Connect, Announce, Scrape, Failure> parse_scrape(std::string_view bytes) {
    bytes.remove_prefix(kHeader);
    if (bytes.size() < InfoHash::kSize || bytes.size() % InfoHash::kSize != 0)
        return Failure{"the scrape does not hold whole info-hashes"};
    Scrape scrape;
    const std::size_t count = std::min(bytes.size() / InfoHash::kSize, kMaxScrape);
    for (std::size_t i = 0; i < count; ++i) {
        scrape.request.info_hashes.push_back(
            *InfoHash::from_bytes(bytes.substr(i * InfoHash::kSize, InfoHash::kSize)));
    }
    return scrape;
}

}  // namespace

std::optional<Packet> parse(std::string_view bytes) {
    if (bytes.size() < kHeader) return std::nullopt;
    Packet packet;
    packet.connection_id = read<std::uint64_t>(bytes, 0);
    packet.transaction = read<std::uint32_t>(bytes, 12);
    switch (read<std::uint32_t>(bytes, 8)) {
        case kConnect:
            if (packet.connection_id != kProtocolId) return std::nullopt;
            packet.body = Connect{};
            break;
        case kAnnounce:
            packet.body = parse_announce(bytes);
            break;
        case kScrape:
            packet.body = parse_scrape(bytes);
            break;
        default:
            return std::nullopt;
    }
    return packet;
}

void write_connect(std::uint32_t transaction, std::uint64_t connection_id, std::string& out) {
    out.clear();
    write<std::uint32_t>(out, kConnect);
    write(out, transaction);
    write(out, connection_id);
}

void write_announce(std::uint32_t transaction, const AnnounceAnswer& answer, bool ipv6, std::string& out) {
    out.clear();
    write<std::uint32_t>(out, kAnnounce);
    write(out, transaction);
    write(out, answer.interval);
    write(out, answer.counts.incomplete);
    write(out, answer.counts.complete);
    for (const PeerContact& peer : answer.peers) {
        if (out.size() + 18 > kMaxAnswer) break;
        if (ipv6 && peer.port6 != 0) {
            out.append(reinterpret_cast<const char*>(peer.ipv6.data()), peer.ipv6.size());
            write(out, peer.port6);
        } else if (!ipv6 && peer.port4 != 0) {
            out.append(reinterpret_cast<const char*>(peer.ipv4.data()), peer.ipv4.size());
            write(out, peer.port4);
        }
    }
}

void write_scrape(std::uint32_t transaction, const std::vector<SwarmCounts>& entries, std::string& out) {
    out.clear();
    write<std::uint32_t>(out, kScrape);
    write(out, transaction);
    for (const SwarmCounts& counts : entries) {
        write(out, counts.complete);
        write(out, counts.downloaded);
        write(out, counts.incomplete);
    }
}

void write_error(std::uint32_t transaction, std::string_view reason, std::size_t most, std::string& out) {
    out.clear();
    write<std::uint32_t>(out, kError);
    write(out, transaction);
    out += reason.substr(0, most - out.size());
}

}  // namespace shoal::tracker::udp
