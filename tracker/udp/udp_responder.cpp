#include "tracker/udp/udp_responder.hpp"

#include <chrono>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "tracker/desk/announce_desk.hpp"
#include "tracker/protocol/tracker_path.hpp"
#include "tracker/protocol/udp_packet.hpp"

namespace shoal::tracker {
namespace {

void count(std::atomic<std::uint64_t>& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

UdpResponder::UdpResponder(AnnounceDesk& desk, std::function<UnixSeconds()> now,
                           const udp::ConnectionIds& ids)
    : desk_(desk), now_(std::move(now)), ids_(ids) {}

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
    std::optional<Failure> failure;
    if (!ids_.valid(packet->connection_id, source, now)) {
        failure = Failure{"connect again", 1};
    } else if (auto* scrape = std::get_if<udp::Scrape>(&packet->body)) {
        std::vector<SwarmCounts> entries;
        failure = desk_.scrape({source, {}, {}}, std::move(scrape->request), entries);
        if (!failure) {
            count(counters_.scrapes);
            udp::write_scrape(packet->transaction, entries, answer);
        }
    } else {
        failure = announce(*packet, source, answer);
    }
    if (!failure) return;
    count(counters_.errors);
    counters_.reasons.count(*failure);
    // Whoever cannot show a number that was sent to its address may have forged that address: no error is
    // longer than what it answers.
    udp::write_error(packet->transaction, failure->reason, datagram.size(), answer);
}

std::optional<Failure> UdpResponder::announce(udp::Packet& packet, const IpAddress& source,
                                              std::string& answer) {
    const auto start = std::chrono::steady_clock::now();
    thread_local AnnounceAnswer result;
    auto* announce = std::get_if<udp::Announce>(&packet.body);
    if (announce == nullptr) return desk_.announce({source, {}, {}}, std::get<Failure>(packet.body), result);
    // An answer carries the peers of the family that it travels over.
    announce->request.family = source.is_v6() ? AddressFamily::kIpv6 : AddressFamily::kIpv4;
    const Caller caller{source, {}, parse_tracker_path(announce->request_string).key};
    if (const auto failure = desk_.announce(caller, announce->request, result)) return failure;
    count(counters_.announces);
    udp::write_announce(packet.transaction, result, source.is_v6(), answer);
    counters_.announce_times.count(std::chrono::steady_clock::now() - start);
    return std::nullopt;
}

}  // namespace shoal::tracker
