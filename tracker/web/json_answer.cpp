#include "tracker/web/json_answer.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace shoal::tracker {

std::string dump_json(const nlohmann::ordered_json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void answer_json(http::Response& response, std::string text) {
    response.content_type = "application/json";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = std::move(text);
    response.body += '\n';
}

void answer_error(http::Response& response, int status, std::string_view text) {
    response.status = status;
    answer_json(response, dump_json({{"error", text}}));
}

void answer_method_not_allowed(http::Response& response, std::string_view allowed) {
    response.headers.emplace_back("Allow", allowed);
    answer_error(response, 405, fmt::format("this method is not for this path: it takes {}", allowed));
}

bool reads(const http::Request& request) {
    return request.method == "GET" || request.method == "HEAD";
}

}  // namespace shoal::tracker
