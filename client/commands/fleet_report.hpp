#pragma once

#include <string>
#include <vector>

#include "client/commands/rpc_options.hpp"
#include "client/remote/torrent_row.hpp"

namespace shoal::client {

/// What one host of the fleet made of a command.
struct FleetAnswer {
    std::string state;  ///< of its daemon, a JSON object; empty: not asked for
    Rows rows;          ///< its torrents that the command is about, all that it has for `list` and `status`
    /// Of each row in its order, what became of it: "added", "was there already"; empty for what only looks.
    std::vector<std::string> results;
    std::string result = "done";  ///< in a word or two, of the host
};

/// The hosts' answers, in the order in which they were asked.
struct FleetReplies {
    std::vector<std::string> sites;  ///< beside `replies`; empty where not known
    std::vector<remote::Reply<FleetAnswer>> replies;
};

/// The torrents of all hosts together, a line each, and as one JSON document.
void show_fleet_torrents(const FleetReplies& fleet);
/// A line a host: how it and its torrents are.
void show_fleet_hosts(const FleetReplies& fleet);
/// A line a torrent of each host.
void show_fleet_rows(const FleetReplies& fleet);
/// A line a host: what it did.
void show_fleet_results(const FleetReplies& fleet);
/// The JSON document of all of these. @param torrents  also those of all hosts together
void print_fleet_json(const FleetReplies& fleet, const std::string& action, bool torrents);

/// Prints why hosts failed, a line each. Throws Error where one did: with the code of all that failed where
/// they agree (kNoPeer: not reached in time), else kFailed.
void finish_fleet(const FleetReplies& fleet);

}  // namespace shoal::client
