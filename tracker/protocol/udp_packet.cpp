#include "tracker/protocol/udp_packet.hpp"

#include <algorithm>
#include <array>
#include <cstring>
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

// Built where it stays: moving a request is a good part of reading it.
void parse_announce(std::string_view bytes, Body& body) {
    if (bytes.size() < kAnnounceSize) {
        body = Failure{"the announce is too short"};
        return;
    }
    Announce& announce = body.emplace<Announce>();
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
}

void parse_scrape(std::string_view bytes, Body& body) {
    bytes.remove_prefix(kHeader);
    if (bytes.size() < InfoHash::kSize || bytes.size() % InfoHash::kSize != 0) {
        body = Failure{"the scrape does not hold whole info-hashes"};
        return;
    }
    Scrape& scrape = body.emplace<Scrape>();
    const std::size_t count = std::min(bytes.size() / InfoHash::kSize, kMaxScrape);
    for (std::size_t i = 0; i < count; ++i) {
        scrape.request.info_hashes.push_back(
            *InfoHash::from_bytes(bytes.substr(i * InfoHash::kSize, InfoHash::kSize)));
    }
}

/// The peers of one family, as addresses and ports in a row, as far as they fit.
template <auto Address, auto Port>
void write_peers(const std::vector<PeerContact>& peers, std::string& out) {
    constexpr std::size_t kAddress = sizeof(PeerContact{}.*Address);
    constexpr std::size_t kPeer = kAddress + sizeof(std::uint16_t);
    const std::size_t begin = out.size();
    std::size_t room = std::min(peers.size(), (kMaxAnswer - begin) / kPeer);
    out.resize(begin + room * kPeer);
    char* at = out.data() + begin;
    for (const PeerContact& peer : peers) {
        const std::uint16_t port = peer.*Port;
        if (port == 0) continue;
        if (room-- == 0) break;
        std::memcpy(at, (peer.*Address).data(), kAddress);
        at += kAddress;
        *at++ = static_cast<char>(port >> 8);
        *at++ = static_cast<char>(port & 0xff);
    }
    out.resize(static_cast<std::size_t>(at - out.data()));
}

}  // namespace

std::optional<Packet> parse(std::string_view bytes) {
    std::optional<Packet> packet;
    if (bytes.size() < kHeader) return packet;
    packet.emplace();
    packet->connection_id = read<std::uint64_t>(bytes, 0);
    packet->transaction = read<std::uint32_t>(bytes, 12);
    switch (read<std::uint32_t>(bytes, 8)) {
        case kConnect:
            if (packet->connection_id != kProtocolId) packet.reset();
            break;
        case kAnnounce:
            parse_announce(bytes, packet->body);
            break;
        case kScrape:
            parse_scrape(bytes, packet->body);
            break;
        default:
            packet.reset();
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
    ipv6 ? write_peers<&PeerContact::ipv6, &PeerContact::port6>(answer.peers, out)
         : write_peers<&PeerContact::ipv4, &PeerContact::port4>(answer.peers, out);
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
