#include "tracker/protocol/announce_query.hpp"

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

std::optional<Event> parse_event(std::string_view text) {
    if (text.empty() || text == "empty") return Event::kNone;
    if (text == "started") return Event::kStarted;
    if (text == "stopped") return Event::kStopped;
    if (text == "completed") return Event::kCompleted;
    if (text == "paused") return Event::kPaused;
    return std::nullopt;
}

/// Collects parameters one at a time; the first thing that is wrong is what the client is told.
class AnnounceBuilder {
  public:
    std::optional<Failure> take(std::string_view name, std::string_view escaped);
    std::variant<AnnounceRequest, Failure> finish() const;

  private:
    template <class Id>
    std::optional<Failure> take_id(std::string_view raw, Id& id, bool& seen, std::string_view twice,
                                   std::string_view wrong_size);
    std::optional<Failure> take_number(std::string_view text, std::uint64_t& number,
                                       std::string_view problem);

    AnnounceRequest request_;
    std::string value_;
    bool has_info_hash_ = false;
    bool has_peer_id_ = false;
    bool has_port_ = false;
};

template <class Id>
std::optional<Failure> AnnounceBuilder::take_id(std::string_view raw, Id& id, bool& seen,
                                                std::string_view twice, std::string_view wrong_size) {
    if (seen) return Failure{twice};
    const auto parsed = Id::from_bytes(raw);
    if (!parsed) return Failure{wrong_size};
    id = *parsed;
    seen = true;
    return std::nullopt;
}

std::optional<Failure> AnnounceBuilder::take_number(std::string_view text, std::uint64_t& number,
                                                    std::string_view problem) {
    const auto parsed = parse_number<std::uint64_t>(text);
    if (!parsed) return Failure{problem};
    number = *parsed;
    return std::nullopt;
}

std::optional<Failure> AnnounceBuilder::take(std::string_view name, std::string_view escaped) {
    if (!unescape(escaped, value_)) return Failure{"the query has an invalid % escape"};
    if (name == "info_hash") {
        return take_id(value_, request_.info_hash, has_info_hash_, "info_hash is given twice",
                       "info_hash is not 20 bytes long");
    }
    if (name == "peer_id") {
        return take_id(value_, request_.peer_id, has_peer_id_, "peer_id is given twice",
                       "peer_id is not 20 bytes long");
    }
    if (name == "port") {
        const auto port = parse_port(value_);
        if (!port || *port == 0) return Failure{"port is not a number from 1 to 65535"};
        request_.port = *port;
        has_port_ = true;
    } else if (name == "uploaded") {
        return take_number(value_, request_.uploaded, "uploaded is not a number of bytes");
    } else if (name == "downloaded") {
        return take_number(value_, request_.downloaded, "downloaded is not a number of bytes");
    } else if (name == "left") {
        // libtorrent before it has the metadata of a magnet link says -1 or 16384: it has not got all.
        if (value_.starts_with('-') && parse_number<std::int64_t>(value_)) return std::nullopt;
        std::uint64_t left = 0;
        if (const auto failure = take_number(value_, left, "left is not a number of bytes")) return failure;
        request_.left = left;
    } else if (name == "event") {
        const auto event = parse_event(value_);
        if (!event) return Failure{"event is not one of started, stopped, completed, paused"};
        request_.event = *event;
    } else if (name == "numwant" || name == "num want") {
        request_.numwant = parse_numwant(value_);
    } else if (name == "key") {
        request_.key = parse_key(value_);
    } else if (name == "compact") {
        request_.compact = value_ != "0";
    } else if (name == "no_peer_id") {
        request_.no_peer_id = value_ == "1";
    } else if (name == "ip") {
        request_.ip = IpAddress::parse(value_);
    } else if (name == "ipv4" || name == "ipv6") {
        // BEP 7 allows an address with or without a port.
        auto address = IpAddress::parse(value_);
        if (!address) {
            if (const auto endpoint = Endpoint::parse(value_)) address = endpoint->address;
        }
        if (address) (address->is_v6() ? request_.ipv6 : request_.ipv4) = address;
    }
    return std::nullopt;
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
        if (!unescape(escaped, value)) return Failure{"the query has an invalid % escape"};
        const auto info_hash = InfoHash::from_bytes(value);
        if (!info_hash) return Failure{"info_hash is not 20 bytes long"};
        if (request.info_hashes.size() == max_hashes) {
            request.truncated = true;
            break;
        }
        request.info_hashes.push_back(*info_hash);
    }
    return request;
}

}  // namespace shoal::tracker
