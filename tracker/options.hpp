#pragma once

#include "common/http/server.hpp"
#include "tracker/access/access_control.hpp"
#include "tracker/config.hpp"
#include "tracker/swarm/swarm_table.hpp"
#include "tracker/web/routes.hpp"

/// What each part of the program is told, from the one Config. All throw Error (kUsage) for values that
/// cannot be.
namespace shoal::tracker {

/// Puts what the files of secrets hold into the options that they stand for. The service manager's
/// credentials count where nothing else is said: shoal-tracker.admin-token, shoal-tracker.shared and, for the
/// key file, shoal-tracker.keys. Throws Error (kUsage, kFileSystem), also where a secret is given twice.
void read_secrets(Config& config);

/// Throws for values that the functions below do not look at: the database's name, the admin token.
void check_values(const Config& config);

SwarmOptions swarm_options_of(const Config& config);
AccessOptions access_options_of(const Config& config);
RouteOptions route_options_of(const Config& config);
http::ServerOptions server_options_of(const Config& config);
unsigned threads_of(const Config& config);

}  // namespace shoal::tracker
