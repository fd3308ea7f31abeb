#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace shoal::tracker {

/// Bytes of a stranger's name that are no UTF-8 are replaced.
std::string dump_json(const nlohmann::ordered_json& value);

void answer_json(http::Response& response, std::string text);
/// {"error": text}
void answer_error(http::Response& response, int status, std::string_view text);
void answer_method_not_allowed(http::Response& response, std::string_view allowed);

/// GET or HEAD.
bool reads(const http::Request& request);

}  // namespace shoal::tracker
