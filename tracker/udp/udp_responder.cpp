#include "tracker/udp/udp_responder.hpp"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "tracker/access/access_control.hpp"
#include "tracker/protocol/udp_packet.hpp"
#include "tracker/swarm/swarm_table.hpp"

namespace shoal::tracker {
namespace {

constexpr std::uint64_t kMilliseconds = 1000;

void count(std::atomic<std::uint64_t>& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

UdpResponder::UdpResponder(SwarmTable& swarms, AccessControl& access, std::function<UnixSeconds()> now,
                           const udp::ConnectionIds& ids)
    : swarms_(swarms), access_(access), now_(std::move(now)), ids_(ids) {}

void UdpResponder::respond(std::string_view datagram, const Endpoint& from, std::string& answer) {
    auto packet = udp::parse(datagram);
    if (!packet) return;
    const UnixSeconds now = now_();
    const IpAddress& source = from.address;
    if (std::holds_alternative<udp::Connect>(packet->body)) {
        count(counters_.connects);
        udp::write_connect(packet->transaction, ids_.issue(source, now), answer);
        return;
    }
    const auto refuse = [&](std::string_view reason) {
        count(counters_.errors);
        udp::write_error(packet->transaction, reason, answer);
    };
    // Whoever cannot show a number that was sent to its address may have forged that address: what it gets
    // back is shorter than what it sent.
    if (!ids_.valid(packet->connection_id, source, now)) return refuse("connect again");
    if (const auto* malformed = std::get_if<udp::Malformed>(&packet->body)) return refuse(malformed->reason);
    if (const auto failure = access_.check_rate(source, now * kMilliseconds)) return refuse(failure->reason);
    if (const auto* scrape = std::get_if<udp::Scrape>(&packet->body)) {
        if (const auto failure = access_.check_key({})) return refuse(failure->reason);
        count(counters_.scrapes);
        std::vector<SwarmCounts> entries;
        for (const InfoHash& info_hash : scrape->info_hashes) entries.push_back(swarms_.scrape(info_hash));
        udp::write_scrape(packet->transaction, entries, answer);
        return;
    }
    auto& announce = std::get<udp::Announce>(packet->body);
    if (const auto failure = access_.check_key(key_in_path(announce.request_string)))
        return refuse(failure->reason);
    if (const auto failure = access_.check_swarm(announce.request.info_hash)) return refuse(failure->reason);
    announce.request.family = source.is_v6() ? AddressFamily::kIpv6 : AddressFamily::kIpv4;
    const PeerContact contact = access_.contact_of(announce.request, source, access_.trusts(source));
    thread_local AnnounceAnswer result;
    if (const auto failure = swarms_.announce(announce.request, contact, now, result))
        return refuse(failure->reason);
    count(counters_.announces);
    udp::write_announce(packet->transaction, result, source.is_v6(), answer);
}

}  // namespace shoal::tracker
