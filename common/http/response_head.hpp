#pragma once

#include <string>

#include "common/http/message.hpp"

namespace shoal::http {

/// Writes the status line and the headers up to the empty line into `out`, replacing what it held.
/// @param version  10 or 11: what the request spoke
void write_response_head(const Response& response, int version, bool keep_alive, std::string& out);

}  // namespace shoal::http
