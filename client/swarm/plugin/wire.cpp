#include "client/swarm/plugin/wire.hpp"

namespace shoal::client::wire {
namespace {

enum Message : std::uint8_t { kUnchoke = 1, kHave = 4, kHaveAll = 14, kReject = 16, kExtended = 20 };

template <typename Integer>
void put(std::string& out, Integer value) {
    for (int shift = 8 * (static_cast<int>(sizeof(Integer)) - 1); shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> shift)));
    }
}

std::string framed(const std::string& body) {
    std::string out;
    put(out, static_cast<std::uint32_t>(body.size()));
    return out + body;
}

}  // namespace

std::string keep_alive() {
    return framed({});
}

std::string have(policy::PieceIndex piece) {
    std::string body(1, kHave);
    put(body, piece);
    return framed(body);
}

std::string unchoke() {
    return framed(std::string(1, kUnchoke));
}

std::string have_all() {
    return framed(std::string(1, kHaveAll));
}

std::string reject(policy::PieceIndex piece, std::uint32_t start, std::uint32_t length) {
    std::string body(1, kReject);
    put(body, piece);
    put(body, start);
    put(body, length);
    return framed(body);
}

std::string dont_have(std::uint8_t id, policy::PieceIndex piece) {
    std::string body(1, kExtended);
    put(body, id);
    put(body, piece);
    return framed(body);
}

std::string origins(std::uint8_t id, const std::vector<policy::OriginId>& ids) {
    std::string body(1, kExtended);
    put(body, id);
    for (const policy::OriginId origin : ids) put(body, origin);
    return framed(body);
}

std::optional<std::vector<policy::OriginId>> parse_origins(std::string_view body) {
    constexpr std::size_t kSize = sizeof(policy::OriginId);
    if (body.size() % kSize != 0) return std::nullopt;
    std::vector<policy::OriginId> ids;
    for (std::size_t at = 0; at < body.size(); at += kSize) {
        policy::OriginId id = 0;
        for (std::size_t n = 0; n < kSize; ++n) id = id << 8 | static_cast<std::uint8_t>(body[at + n]);
        ids.push_back(id);
    }
    return ids;
}

}  // namespace shoal::client::wire
