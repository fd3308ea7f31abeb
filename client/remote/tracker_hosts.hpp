#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "client/remote/rpc_client.hpp"

namespace shoal::remote {

/// The daemons of all hosts that a tracker knows, lost ones too: each once, by address, with its site. From
/// the API of shoal-tracker.
/// @param tracker   its announce URL or its address: "http://tracker:6969/announce", "tracker:6969"
/// @param rpc_port  of every daemon
/// @param patience  for one answer of the tracker
/// Throws Error: kUsage for what is no HTTP URL, kNoPeer where the tracker does not answer, kFailed where it
/// has no such API.
std::vector<RpcAddress> tracker_hosts(const std::string& tracker, std::uint16_t rpc_port,
                                      std::chrono::milliseconds patience);

}  // namespace shoal::remote
