#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tracker/model/change_source.hpp"

/// The trackers' records as bytes. What comes from Redis is read as strictly as an announce: nothing where it
/// is no record.
namespace shoal::tracker::shared {

/// Who a peer is within its swarm: its id, and its IPv4 address, or its IPv6 one where it has no other.
std::string peer_key(const PeerContact& contact);
/// The contact that a key names, without ports.
std::optional<PeerContact> read_peer_key(std::string_view bytes);

/// All of a peer but its id, its swarm and its number; 64 bytes at most for one with IPv4 alone, so that
/// Redis keeps small swarms packed.
std::string peer_value(const PeerRecord& record);
/// @param info_hash, key  the record's, as it was found under them
std::optional<PeerRecord> read_peer(const InfoHash& info_hash, std::string_view key, std::string_view value);

/// All of a swarm but its hash, number and counts.
std::string swarm_value(const SwarmRecord& record);
std::optional<SwarmRecord> read_swarm(const InfoHash& info_hash, std::string_view value);

/// A batch, for the stream.
std::string batch_bytes(const Changes& changes);
std::optional<Changes> read_batch(std::string_view bytes);

}  // namespace shoal::tracker::shared
