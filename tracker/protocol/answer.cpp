#include "tracker/protocol/answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace shoal::tracker {
namespace {

void add_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void add_integer(std::string& out, std::uint64_t number) {
    out += 'i';
    add_number(out, number);
    out += 'e';
}

void add_string(std::string& out, std::string_view text) {
    add_number(out, text.size());
    out += ':';
    out += text;
}

/// The peers of one family, as addresses and ports in a row.
template <auto Address, auto Port>
void add_endpoints(std::string& out, const std::vector<PeerContact>& peers, std::size_t count) {
    constexpr std::size_t kAddress = sizeof(PeerContact{}.*Address);
    const std::size_t begin = out.size();
    out.resize(begin + count * (kAddress + sizeof(std::uint16_t)));
    char* at = out.data() + begin;
    for (const PeerContact& peer : peers) {
        const std::uint16_t port = peer.*Port;
        if (port == 0) continue;
        std::memcpy(at, (peer.*Address).data(), kAddress);
        at += kAddress;
        *at++ = static_cast<char>(port >> 8);
        *at++ = static_cast<char>(port & 0xff);
    }
}

void add_compact(std::string& out, const std::vector<PeerContact>& peers) {
    std::size_t with4 = 0;
    std::size_t with6 = 0;
    for (const PeerContact& peer : peers) {
        with4 += peer.port4 != 0 ? 1 : 0;
        with6 += peer.port6 != 0 ? 1 : 0;
    }
    out += "5:peers";
    add_number(out, 6 * with4);
    out += ':';
    add_endpoints<&PeerContact::ipv4, &PeerContact::port4>(out, peers, with4);
    if (with6 == 0) return;
    out += "6:peers6";
    add_number(out, 18 * with6);
    out += ':';
    add_endpoints<&PeerContact::ipv6, &PeerContact::port6>(out, peers, with6);
}

void add_dictionary(std::string& out, const PeerContact& peer, const IpAddress& address, std::uint16_t port,
                    bool with_id) {
    out += "d2:ip";
    add_string(out, address.to_string());
    if (with_id) {
        out += "7:peer id";
        add_string(out, peer.peer_id.view());
    }
    out += "4:port";
    add_integer(out, port);
    out += 'e';
}

void add_list(std::string& out, const std::vector<PeerContact>& peers, bool with_id) {
    out += "5:peersl";
    for (const PeerContact& peer : peers) {
        if (peer.port4 != 0) add_dictionary(out, peer, IpAddress::v4(peer.ipv4), peer.port4, with_id);
        if (peer.port6 != 0) add_dictionary(out, peer, IpAddress::v6(peer.ipv6), peer.port6, with_id);
    }
    out += 'e';
}

}  // namespace

void write_announce(const AnnounceAnswer& answer, const AnnounceRequest& request, std::string& out) {
    out.clear();
    out += "d8:complete";
    add_integer(out, answer.counts.complete);
    out += "10:downloaded";
    add_integer(out, answer.counts.downloaded);
    out += "11:downloaders";
    add_integer(out, answer.counts.downloaders);
    if (answer.external_ip) {
        out += "11:external ip";
        add_string(out, answer.external_ip->bytes());
    }
    out += "10:incomplete";
    add_integer(out, answer.counts.incomplete);
    out += "8:interval";
    add_integer(out, answer.interval);
    out += "12:min interval";
    add_integer(out, answer.min_interval);
    if (request.compact) {
        add_compact(out, answer.peers);
    } else {
        add_list(out, answer.peers, !request.no_peer_id);
    }
    if (!answer.tracker_id.empty()) {
        out += "10:tracker id";
        add_string(out, answer.tracker_id);
    }
    out += 'e';
}

void write_scrape(std::vector<std::pair<InfoHash, SwarmCounts>> entries, std::uint32_t min_request_interval,
                  std::string& out) {
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    entries.erase(std::unique(entries.begin(), entries.end(),
                              [](const auto& a, const auto& b) { return a.first == b.first; }),
                  entries.end());
    out.clear();
    out += "d5:filesd";
    for (const auto& [info_hash, counts] : entries) {
        add_string(out, info_hash.view());
        out += "d8:complete";
        add_integer(out, counts.complete);
        out += "10:downloaded";
        add_integer(out, counts.downloaded);
        out += "11:downloaders";
        add_integer(out, counts.downloaders);
        out += "10:incomplete";
        add_integer(out, counts.incomplete);
        out += 'e';
    }
    out += "e5:flagsd20:min_request_interval";
    add_integer(out, min_request_interval);
    out += "ee";
}

void write_failure(const Failure& failure, std::string& out) {
    out.clear();
    out += "d14:failure reason";
    add_string(out, failure.reason);
    out += "8:retry in";
    if (failure.retry_in_minutes == 0) {
        add_string(out, "never");
    } else {
        add_integer(out, failure.retry_in_minutes);
    }
    out += 'e';
}

}  // namespace shoal::tracker
