#include "tracker/desk/announce_desk.hpp"

#include <utility>

#include "tracker/swarm/swarm_table.hpp"

namespace shoal::tracker {
namespace {

constexpr std::uint64_t kMillisecondsASecond = 1000;

}  // namespace

AnnounceDesk::AnnounceDesk(SwarmTable& swarms, AccessControl& access, std::function<UnixSeconds()> now)
    : swarms_(swarms), access_(access), now_(std::move(now)) {}

std::optional<Failure> AnnounceDesk::announce(const Caller& caller, const Parsed<AnnounceRequest>& parsed,
                                              AnnounceAnswer& answer) {
    const UnixSeconds now = now_();
    const auto* request = std::get_if<AnnounceRequest>(&parsed);
    const auto admitted =
        access_.admit(caller, request != nullptr ? &request->info_hash : nullptr, now * kMillisecondsASecond);
    if (const auto* failure = std::get_if<Failure>(&admitted)) return *failure;
    if (request == nullptr) return std::get<Failure>(parsed);
    if (request->port == 0) return Failure{"port is not a number from 1 to 65535"};
    const Source& source = std::get<Source>(admitted);
    const PeerContact contact = access_.contact_of(*request, source);
    if (const auto failure = swarms_.announce(*request, contact, now, answer)) return failure;
    // A client whose proxy does not say where it is must not take the proxy's address for its own.
    answer.external_ip = source.known ? std::optional(source.address) : std::nullopt;
    return std::nullopt;
}

std::optional<Failure> AnnounceDesk::scrape(const Caller& caller, const Parsed<ScrapeRequest>& parsed,
                                            std::vector<SwarmCounts>& counts) {
    const auto admitted = access_.admit(caller, nullptr, now_() * kMillisecondsASecond);
    if (const auto* failure = std::get_if<Failure>(&admitted)) return *failure;
    if (const auto* failure = std::get_if<Failure>(&parsed)) return *failure;
    const auto& request = std::get<ScrapeRequest>(parsed);
    if (request.info_hashes.empty())
        return Failure{"name the info_hash to scrape; a scrape of everything is not allowed"};
    counts.clear();
    for (const InfoHash& info_hash : request.info_hashes) counts.push_back(swarms_.scrape(info_hash));
    return std::nullopt;
}

}  // namespace shoal::tracker
