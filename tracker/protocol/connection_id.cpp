#include "tracker/protocol/connection_id.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace shoal::tracker::udp {
namespace {

constexpr std::uint32_t kWindow = 60;  // seconds

void sip_round(std::array<std::uint64_t, 4>& v) {
    v[0] += v[1];
    v[1] = std::rotl(v[1], 13) ^ v[0];
    v[0] = std::rotl(v[0], 32);
    v[2] += v[3];
    v[3] = std::rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = std::rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = std::rotl(v[1], 17) ^ v[2];
    v[2] = std::rotl(v[2], 32);
}

}  // namespace

std::uint64_t ConnectionIds::hash(const IpAddress& address, std::uint64_t minute) const {
    std::array<std::uint64_t, 3> words{};
    const auto raw = address.bytes();
    std::memcpy(words.data(), raw.data(), raw.size());
    words[2] = minute << 8 | raw.size();
    std::array<std::uint64_t, 4> v{key0_ ^ 0x736f6d6570736575u, key1_ ^ 0x646f72616e646f6du,
                                   key0_ ^ 0x6c7967656e657261u, key1_ ^ 0x7465646279746573u};
    for (const std::uint64_t word : words) {
        v[3] ^= word;
        sip_round(v);
        sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; ++i) sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

std::uint64_t ConnectionIds::issue(const IpAddress& address, std::uint32_t now) const {
    return hash(address, now / kWindow);
}

bool ConnectionIds::valid(std::uint64_t id, const IpAddress& address, std::uint32_t now) const {
    const std::uint32_t minute = now / kWindow;
    return id == hash(address, minute) || (minute > 0 && id == hash(address, minute - 1));
}

}  // namespace shoal::tracker::udp
