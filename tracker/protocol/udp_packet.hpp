#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tracker/model/announce.hpp"
#include "tracker/model/failure.hpp"

/// The UDP tracker protocol (BEP 15) with the request string of BEP 41, without sockets.
namespace shoal::tracker::udp {

/// The most info-hashes in one scrape, and a bound for every answer: it fits an Ethernet frame.
constexpr std::size_t kMaxScrape = 74;
constexpr std::size_t kMaxAnswer = 1400;

struct Connect {};
struct Announce {
    AnnounceRequest request;
    std::string request_string;  ///< path and query of the tracker's URL, BEP 41; mostly empty
};
struct Scrape {
    ScrapeRequest request;
};

using Body = std::variant<Connect, Announce, Scrape, Failure>;  ///< a Failure: it is malformed

struct Packet {
    std::uint64_t connection_id = 0;  ///< not with Connect
    std::uint32_t transaction = 0;
    Body body;
};

/// Nothing where it is no packet of this protocol, which deserves no answer.
std::optional<Packet> parse(std::string_view bytes);

void write_connect(std::uint32_t transaction, std::uint64_t connection_id, std::string& out);
/// @param ipv6  which addresses of the peers to write: those of the family the request came over
void write_announce(std::uint32_t transaction, const AnnounceAnswer& answer, bool ipv6, std::string& out);
void write_scrape(std::uint32_t transaction, const std::vector<SwarmCounts>& entries, std::string& out);
/// @param most  bytes: the reason is cut off there. 8 at least.
void write_error(std::uint32_t transaction, std::string_view reason, std::size_t most, std::string& out);

}  // namespace shoal::tracker::udp
