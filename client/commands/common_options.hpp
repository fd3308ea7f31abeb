#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "client/swarm/session_profile.hpp"
#include "client/webseed/web_seed_look.hpp"
#include "common/ip_address.hpp"

namespace CLI {
class App;
}

namespace shoal::client {

/// What every command that joins a swarm takes.
struct CommonOptions {
    SessionProfile profile;
    std::vector<std::string> peers;  ///< "HOST:PORT"
    bool json = false;
    bool quiet = false;
    bool no_dht = false;
    bool no_lsd = false;
    bool no_pex = false;
    std::filesystem::path certificate;  ///< PEM files
    std::filesystem::path private_key;
};

void add_common_options(CLI::App& command, CommonOptions& options);

/// The profile with the switches applied; `origin` has all the content from the start. Throws Error for a
/// certificate or key that can't be read.
SessionProfile session_profile(const CommonOptions& options, bool origin);

/// Where the profile lets web seeds be asked.
webseed::Rules web_seed_rules(const SessionProfile& profile);

/// Throws Error for a name that is not known.
std::vector<Endpoint> resolve_peers(const std::vector<std::string>& peers);

}  // namespace shoal::client
