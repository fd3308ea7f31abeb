#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/swarm/policy/types.hpp"

/// The messages that the plugin writes itself, as bytes, length prefix included.
namespace shoal::client::wire {

/// BEP 3, BEP 6 and BEP 10.
std::string keep_alive();
std::string unchoke();
std::string have(policy::PieceIndex piece);
std::string have_all();
std::string reject(policy::PieceIndex piece, std::uint32_t start, std::uint32_t length);
/// @param id  what the receiver's handshake calls the message
std::string dont_have(std::uint8_t id, policy::PieceIndex piece);
std::string origins(std::uint8_t id, const std::vector<policy::OriginId>& ids);
/// The body of origins(); nothing where it is not a whole number of ids.
std::optional<std::vector<policy::OriginId>> parse_origins(std::string_view body);

inline constexpr std::string_view kHandshakeKey = "shoal";
inline constexpr std::string_view kRationKey = "ration";
inline constexpr std::string_view kRackKey = "rack";
inline constexpr std::string_view kOriginsMessage = "shoal_origins";
/// What we call it. libtorrent and its own plugins use 1 to 8.
inline constexpr std::uint8_t kOriginsId = 27;

}  // namespace shoal::client::wire
