#pragma once

#include <nlohmann/json_fwd.hpp>

#include "client/daemon/rpc/field_source.hpp"

/// The fields of `torrent-get` that are lists or objects themselves.
namespace shoal::daemon {

nlohmann::json files_json(FieldSource& source);
nlohmann::json file_stats_json(FieldSource& source);
nlohmann::json priorities_json(FieldSource& source);
nlohmann::json wanted_json(FieldSource& source);
nlohmann::json peers_json(FieldSource& source);
nlohmann::json peer_sources_json(FieldSource& source);
nlohmann::json pieces_json(FieldSource& source);  ///< a bit field in base64, first piece in the highest bit
nlohmann::json trackers_json(FieldSource& source);
nlohmann::json tracker_stats_json(FieldSource& source);

}  // namespace shoal::daemon
