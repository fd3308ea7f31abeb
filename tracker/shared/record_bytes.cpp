#include "tracker/shared/record_bytes.hpp"

#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include "common/printable.hpp"
#include "tracker/model/address_scope.hpp"

namespace shoal::tracker::shared {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kLongestName = 255;                // as a file's name may be
constexpr std::uint64_t kLargestSize = kMostLeft;        // bytes
constexpr UnixSeconds kLongestLifetime = 24 * 3600 * 3;  // two and a half of the longest interval
constexpr std::size_t kMostCounts = 4096;                // trackers that ever counted in a swarm
// Bits of a peer's flags.
constexpr std::uint8_t kLeftKnown = 1;
constexpr std::uint8_t kPaused = 2;
constexpr std::uint8_t kCompleted = 4;
constexpr std::uint8_t kIpv4 = 8;
constexpr std::uint8_t kIpv6 = 16;
constexpr std::uint8_t kAllFlags = 31;
// Kinds of a batch's records.
constexpr std::uint8_t kRemovedPeer = 'r';
constexpr std::uint8_t kSwarm = 's';
constexpr std::uint8_t kPeer = 'p';

/// Big-endian, as networks have it.
class Writer {
  public:
    /// @param size  bytes that are expected
    explicit Writer(std::size_t size = 0) { out_.reserve(size); }
    template <class Number>
    void number(Number value) {
        std::array<char, sizeof(Number)> bytes;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<char>((value >> (8 * (bytes.size() - 1 - i))) & 0xff);
        out_.append(bytes.data(), bytes.size());
    }
    template <std::size_t N>
    void bytes(const std::array<std::uint8_t, N>& bytes) {
        out_.append(reinterpret_cast<const char*>(bytes.data()), N);
    }
    /// With its length in front.
    void text(std::string_view text) {
        number(static_cast<std::uint16_t>(text.size()));
        out_ += text;
    }
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

/// False, for ever, once it was asked for more than there is.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    template <class Number>
    Number number() {
        std::make_unsigned_t<Number> value = 0;
        for (const char c : take(sizeof(Number))) {
            value = static_cast<decltype(value)>(static_cast<std::uint64_t>(value) << 8 |
                                                 static_cast<std::uint8_t>(c));
        }
        return value;
    }
    template <std::size_t N>
    void bytes(std::array<std::uint8_t, N>& out) {
        if (const std::string_view found = take(N); found.size() == N)
            std::memcpy(out.data(), found.data(), N);
    }
    std::string_view text() { return take(number<std::uint16_t>()); }
    [[nodiscard]] bool good() const { return good_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

  private:
    std::string_view take(std::size_t size) {
        if (!good_ || rest_.size() < size) {
            good_ = false;
            return {};
        }
        const std::string_view found = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return found;
    }

    std::string_view rest_;
    bool good_ = true;
};

bool is_name(std::string_view text) {
    if (text.size() > kLongestName) return false;
    while (!text.empty()) {
        const std::uint32_t point = take_code_point(text);
        if (point == kNoCodePoint || point < 0x20 || point == 0x7f) return false;
    }
    return true;
}

/// An address that nobody can dial is kept, without its port, as in an announce.
template <std::size_t N>
std::uint16_t dialable(const std::array<std::uint8_t, N>& address, std::uint16_t port) {
    return scope_of(address) == AddressScope::kNowhere ? std::uint16_t{0} : port;
}

}  // namespace

std::string peer_key(const PeerContact& contact) {
    Writer out(sizeof(PeerContact));
    out.bytes(contact.peer_id.bytes);
    if (contact.has_ipv4()) {
        out.bytes(contact.ipv4);
    } else {
        out.bytes(contact.ipv6);
    }
    return out.take();
}

std::optional<PeerContact> read_peer_key(std::string_view bytes) {
    PeerContact contact;
    Reader in(bytes);
    in.bytes(contact.peer_id.bytes);
    if (bytes.size() == PeerId::kSize + contact.ipv4.size()) {
        in.bytes(contact.ipv4);
    } else {
        in.bytes(contact.ipv6);
    }
    if (!in.good() || !in.at_end() || (!contact.has_ipv4() && !contact.has_ipv6())) return std::nullopt;
    return contact;
}

std::string peer_value(const PeerRecord& record) {
    const PeerContact& contact = record.contact;
    Writer out(sizeof(PeerRecord));
    out.number(kVersion);
    out.number(static_cast<std::uint8_t>((record.left_known ? kLeftKnown : 0) |
                                         (record.paused ? kPaused : 0) | (record.completed ? kCompleted : 0) |
                                         (contact.has_ipv4() ? kIpv4 : 0) |
                                         (contact.has_ipv6() ? kIpv6 : 0)));
    out.number(record.key);
    out.number(record.left);
    out.number(record.uploaded);
    out.number(record.first_seen);
    out.number(record.last_seen);
    out.number(record.lifetime);
    out.number(record.counted_by);
    if (contact.has_ipv4()) {
        out.bytes(contact.ipv4);
        out.number(contact.port4);
    }
    if (contact.has_ipv6()) {
        out.bytes(contact.ipv6);
        out.number(contact.port6);
    }
    return out.take();
}

std::optional<PeerRecord> read_peer(const InfoHash& info_hash, std::string_view key, std::string_view value) {
    const auto named = read_peer_key(key);
    if (!named) return std::nullopt;
    PeerRecord record;
    record.info_hash = info_hash;
    record.contact.peer_id = named->peer_id;
    Reader in(value);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    const auto flags = in.number<std::uint8_t>();
    if ((flags & ~kAllFlags) != 0) return std::nullopt;
    record.left_known = (flags & kLeftKnown) != 0;
    record.paused = (flags & kPaused) != 0;
    record.completed = (flags & kCompleted) != 0;
    record.key = in.number<std::uint32_t>();
    record.left = in.number<std::uint64_t>();
    record.uploaded = in.number<std::uint64_t>();
    record.first_seen = in.number<UnixSeconds>();
    record.last_seen = in.number<UnixSeconds>();
    record.lifetime = in.number<UnixSeconds>();
    record.counted_by = in.number<std::uint64_t>();
    if ((flags & kIpv4) != 0) {
        in.bytes(record.contact.ipv4);
        record.contact.port4 = dialable(record.contact.ipv4, in.number<std::uint16_t>());
    }
    if ((flags & kIpv6) != 0) {
        in.bytes(record.contact.ipv6);
        record.contact.port6 = dialable(record.contact.ipv6, in.number<std::uint16_t>());
    }
    if (!in.good() || !in.at_end() || peer_key(record.contact) != key) return std::nullopt;
    if (record.left > kMostLeft || record.lifetime > kLongestLifetime || record.first_seen > record.last_seen)
        return std::nullopt;
    return record;
}

std::string swarm_value(const SwarmRecord& record) {
    Writer out;
    out.number(kVersion);
    out.number(record.created);
    out.number(record.last_active);
    out.number(record.registered_at);
    out.number(static_cast<std::uint8_t>(record.registered));
    out.number(record.size);
    out.text(record.name);
    return out.take();
}

std::optional<SwarmRecord> read_swarm(const InfoHash& info_hash, std::string_view value) {
    Reader in(value);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    SwarmRecord record;
    record.info_hash = info_hash;
    record.created = in.number<UnixSeconds>();
    record.last_active = in.number<UnixSeconds>();
    record.registered_at = in.number<UnixSeconds>();
    const auto registered = in.number<std::uint8_t>();
    record.registered = registered == 1;
    record.size = in.number<std::uint64_t>();
    record.name = std::string(in.text());
    if (!in.good() || !in.at_end() || registered > 1 || record.size > kLargestSize || !is_name(record.name))
        return std::nullopt;
    return record;
}

std::string batch_bytes(const Changes& changes) {
    Writer out(changes.size() * sizeof(PeerRecord));
    for (const RemovedPeer& removed : changes.removed_peers) {
        out.number(kRemovedPeer);
        out.bytes(removed.info_hash.bytes);
        out.text(peer_key(removed.contact));
        out.number(removed.last_seen);
        out.number(removed.counted_by);
    }
    for (const SwarmRecord& swarm : changes.swarms) {
        out.number(kSwarm);
        out.bytes(swarm.info_hash.bytes);
        out.text(swarm_value(swarm));
        out.number(static_cast<std::uint16_t>(swarm.counts.size()));
        for (const TrackerCount& count : swarm.counts) {
            out.number(count.tracker);
            out.number(count.completed);
        }
    }
    for (const PeerRecord& peer : changes.peers) {
        out.number(kPeer);
        out.bytes(peer.info_hash.bytes);
        out.text(peer_key(peer.contact));
        out.text(peer_value(peer));
    }
    return out.take();
}

std::optional<Changes> read_batch(std::string_view bytes) {
    Changes changes;
    Reader in(bytes);
    while (!in.at_end()) {
        const auto kind = in.number<std::uint8_t>();
        InfoHash info_hash;
        in.bytes(info_hash.bytes);
        const std::string_view text = in.text();
        if (kind == kRemovedPeer) {
            const auto contact = read_peer_key(text);
            const auto last_seen = in.number<UnixSeconds>();
            const auto counted_by = in.number<std::uint64_t>();
            if (!in.good() || !contact) return std::nullopt;
            changes.removed_peers.push_back({0, info_hash, *contact, last_seen, counted_by});
        } else if (kind == kSwarm) {
            auto swarm = read_swarm(info_hash, text);
            const auto counts = in.number<std::uint16_t>();
            if (!in.good() || !swarm || counts > kMostCounts) return std::nullopt;
            for (std::size_t i = 0; i < counts; ++i) {
                TrackerCount& count = swarm->counts.emplace_back();
                count.tracker = in.number<std::uint64_t>();
                count.completed = in.number<std::uint32_t>();
            }
            changes.swarms.push_back(std::move(*swarm));
        } else if (kind == kPeer) {
            auto peer = read_peer(info_hash, text, in.text());
            if (!in.good() || !peer) return std::nullopt;
            changes.peers.push_back(std::move(*peer));
        } else {
            return std::nullopt;
        }
        if (!in.good()) return std::nullopt;
    }
    return changes;
}

}  // namespace shoal::tracker::shared
