#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "client/daemon/engine.hpp"

namespace shoal::daemon {

/// The file choices of `torrent-add` and `torrent-set` for a torrent of `files` files; an empty list is all
/// of them. Throws Error (kUsage) for a file that the torrent does not have.
TorrentChange file_change(std::uint32_t files, const nlohmann::json& arguments);

/// Everything that `torrent-set` may change. Throws Error (kUsage) for values that make no sense.
TorrentChange torrent_change(const Engine& engine, TorrentNumber torrent, const nlohmann::json& arguments);

}  // namespace shoal::daemon
