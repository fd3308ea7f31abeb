#pragma once

#include "common/http/server.hpp"
#include "tracker/access/access_control.hpp"
#include "tracker/config.hpp"
#include "tracker/swarm/swarm_table.hpp"
#include "tracker/web/routes.hpp"

/// What each part of the program is told, from the one Config. All throw Error (kUsage) for values that
/// cannot be.
namespace shoal::tracker {

/// Throws for values that the functions below do not look at: the database's name, the admin token.
void check_values(const Config& config);

SwarmOptions swarm_options_of(const Config& config);
AccessOptions access_options_of(const Config& config);
RouteOptions route_options_of(const Config& config);
http::ServerOptions server_options_of(const Config& config);
unsigned threads_of(const Config& config);

}  // namespace shoal::tracker
