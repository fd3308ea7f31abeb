#include "tracker/protocol/announce_query.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

#include "tracker/protocol/query.hpp"

namespace shoal::tracker {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

/// Clients write the key as 8 hex digits, and UDP carries those as a number; any other text is hashed
/// (FNV-1a).
std::uint32_t parse_key(std::string_view text) {
    if (text.empty()) return 0;
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error == std::errc{} && end == text.data() + text.size() && text.size() <= 8) return value;
    std::uint32_t hash = 2166136261u;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return hash;
}

/// Huge is "as many as you give", negative or no number is "your default".
std::optional<std::uint32_t> parse_numwant(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    return parse_number<std::uint32_t>(text).value_or(std::numeric_limits<std::uint32_t>::max());
}

Event parse_event(std::string_view text) {
    if (text == "started") return Event::kStarted;
    if (text == "stopped") return Event::kStopped;
    if (text == "completed") return Event::kCompleted;
    if (text == "paused") return Event::kPaused;
    return Event::kNone;
}

/// Serves statistics only: what is no number, or negative, is none.
std::uint64_t parse_total(std::string_view text) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(parse_number<std::int64_t>(text).value_or(0), 0));
}

/// Clients that have no metadata yet say -1, 2^64 - 1, or nothing: such a peer has not got all.
std::optional<std::uint64_t> parse_left(std::string_view text) {
    const auto left = parse_number<std::uint64_t>(text);
    return left && *left <= kMostLeft ? left : std::nullopt;
}

/// BEP 7 allows an address with or without a port.
std::optional<Endpoint> parse_claim(std::string_view text) {
    if (const auto address = IpAddress::parse(text)) return Endpoint{*address, 0};
    if (text.starts_with('[') && text.ends_with(']')) {
        const auto address = IpAddress::parse(text.substr(1, text.size() - 2));
        return address ? std::optional(Endpoint{*address, 0}) : std::nullopt;
    }
    return Endpoint::parse(text);
}

/// Collects parameters one at a time; the first thing that is wrong is what the client is told.
class AnnounceBuilder {
  public:
    std::optional<Failure> take(std::string_view name, std::string_view escaped);
    std::variant<AnnounceRequest, Failure> finish() const;

  private:
    template <class Id>
    std::optional<Failure> take_id(std::string_view escaped, Id& id, bool& seen, std::string_view twice,
                                   std::string_view wrong_size);
    std::optional<Failure> take_port(std::string_view escaped);
    void take_optional(std::string_view name, std::string_view escaped);

    AnnounceRequest request_;
    std::string value_;
    bool has_info_hash_ = false;
    bool has_peer_id_ = false;
    bool has_port_ = false;
};

constexpr std::string_view kBadEscape = "the query has an invalid % escape";

template <class Id>
std::optional<Failure> AnnounceBuilder::take_id(std::string_view escaped, Id& id, bool& seen,
                                                std::string_view twice, std::string_view wrong_size) {
    if (!unescape(escaped, value_)) return Failure{kBadEscape};
    if (seen) return Failure{twice};
    const auto parsed = Id::from_bytes(value_);
    if (!parsed) return Failure{wrong_size};
    id = *parsed;
    seen = true;
    return std::nullopt;
}

std::optional<Failure> AnnounceBuilder::take_port(std::string_view escaped) {
    if (!unescape(escaped, value_)) return Failure{kBadEscape};
    const auto port = parse_port(value_);
    if (!port) return Failure{"port is not a number from 1 to 65535"};
    request_.port = *port;
    has_port_ = true;
    return std::nullopt;
}

std::optional<Failure> AnnounceBuilder::take(std::string_view name, std::string_view escaped) {
    if (name == "info_hash") {
        return take_id(escaped, request_.info_hash, has_info_hash_, "info_hash is given twice",
                       "info_hash is not 20 bytes long");
    }
    if (name == "peer_id") {
        return take_id(escaped, request_.peer_id, has_peer_id_, "peer_id is given twice",
                       "peer_id is not 20 bytes long");
    }
    if (name == "port") return take_port(escaped);
    take_optional(name, escaped);
    return std::nullopt;
}

void AnnounceBuilder::take_optional(std::string_view name, std::string_view escaped) {
    if (!unescape(escaped, value_)) value_.clear();
    if (name == "uploaded") {
        request_.uploaded = parse_total(value_);
    } else if (name == "downloaded") {
        request_.downloaded = parse_total(value_);
    } else if (name == "left") {
        request_.left = parse_left(value_);
    } else if (name == "event") {
        request_.event = parse_event(value_);
    } else if (name == "numwant") {
        request_.numwant = parse_numwant(value_);
    } else if (name == "key") {
        request_.key = parse_key(value_);
    } else if (name == "compact") {
        request_.compact = value_ != "0";
    } else if (name == "no_peer_id") {
        request_.no_peer_id = value_ == "1";
    } else if (name == "ip") {
        request_.ip = parse_claim(value_);
    } else if (name == "ipv4" || name == "ipv6") {
        const auto claim = parse_claim(value_);
        if (claim) (claim->address.is_v6() ? request_.ipv6 : request_.ipv4) = claim;
    }
}

std::variant<AnnounceRequest, Failure> AnnounceBuilder::finish() const {
    if (!has_info_hash_) return Failure{"info_hash is missing"};
    if (!has_peer_id_) return Failure{"peer_id is missing"};
    if (!has_port_) return Failure{"port is missing"};
    return request_;
}

}  // namespace

std::variant<AnnounceRequest, Failure> parse_announce(std::string_view query) {
    AnnounceBuilder builder;
    Query pairs(query);
    std::string_view name;
    std::string_view value;
    while (pairs.next(name, value)) {
        if (const auto failure = builder.take(name, value)) return *failure;
    }
    return builder.finish();
}

std::variant<ScrapeRequest, Failure> parse_scrape(std::string_view query, std::size_t max_hashes) {
    ScrapeRequest request;
    Query pairs(query);
    std::string_view name;
    std::string_view escaped;
    std::string value;
    while (pairs.next(name, escaped)) {
        if (name != "info_hash") continue;
        if (!unescape(escaped, value)) return Failure{kBadEscape};
        const auto info_hash = InfoHash::from_bytes(value);
        if (!info_hash) return Failure{"info_hash is not 20 bytes long"};
        if (request.info_hashes.size() == max_hashes) break;
        request.info_hashes.push_back(*info_hash);
    }
    return request;
}

}  // namespace shoal::tracker
