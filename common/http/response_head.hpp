#pragma once

#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace shoal::http {

/// Writes the status line and the headers up to the empty line into `out`, replacing what it held.
/// @param version  10 or 11: what the request spoke
/// @param date  now, as http_date() writes it: caches and clients go by it (RFC 9110, 6.6.1)
void write_response_head(const Response& response, int version, bool keep_alive, std::string_view date,
                         std::string& out);

}  // namespace shoal::http
