#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "client/daemon/engine.hpp"

/// The methods of the protocol: arguments in, arguments of the answer out (null: none). What cannot be done
/// throws Error.
namespace shoal::daemon {

using Method = nlohmann::json (*)(Engine&, const nlohmann::json& arguments);

/// Null where there is no such method.
Method find_method(const std::string& name);

nlohmann::json torrent_get(Engine& engine, const nlohmann::json& arguments);
nlohmann::json torrent_set(Engine& engine, const nlohmann::json& arguments);
nlohmann::json torrent_add(Engine& engine, const nlohmann::json& arguments);
nlohmann::json torrent_start(Engine& engine, const nlohmann::json& arguments);
nlohmann::json torrent_stop(Engine& engine, const nlohmann::json& arguments);
nlohmann::json torrent_verify(Engine& engine, const nlohmann::json& arguments);
nlohmann::json torrent_reannounce(Engine& engine, const nlohmann::json& arguments);
nlohmann::json torrent_remove(Engine& engine, const nlohmann::json& arguments);
nlohmann::json torrent_set_location(Engine& engine, const nlohmann::json& arguments);
nlohmann::json torrent_rename_path(Engine& engine, const nlohmann::json& arguments);
nlohmann::json session_get(Engine& engine, const nlohmann::json& arguments);
nlohmann::json session_set(Engine& engine, const nlohmann::json& arguments);
nlohmann::json session_stats(Engine& engine, const nlohmann::json& arguments);
nlohmann::json session_close(Engine& engine, const nlohmann::json& arguments);
nlohmann::json free_space(Engine& engine, const nlohmann::json& arguments);

}  // namespace shoal::daemon
