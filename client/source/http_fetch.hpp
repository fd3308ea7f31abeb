#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace shoal::client {

/// The body behind an http or https URL, redirects followed (to http and https only).
/// Throws Error: kNoPeer where the server can't be reached or stops sending, kFailed for an HTTP error status
/// or a body above `max_bytes`, kInterrupted once `stopped` returns true.
std::string http_fetch(const std::string& url, std::size_t max_bytes, const std::function<bool()>& stopped);

}  // namespace shoal::client
