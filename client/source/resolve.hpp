#pragma once

#include <string>
#include <vector>

#include "common/ip_address.hpp"

namespace shoal::client {

/// Every address of "HOST:PORT", "ADDR:PORT" or "[ADDR6]:PORT". Asks the system's resolver, so it may block.
/// Throws Error: kUsage where it is not understood, kNoPeer where the name is not known.
std::vector<Endpoint> resolve(const std::string& host_and_port);

}  // namespace shoal::client
