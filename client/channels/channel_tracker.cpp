#include "client/channels/channel_tracker.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "common/error.hpp"
#include "common/fetch/http_request.hpp"
#include "common/printable.hpp"

namespace shoal::client {
namespace {

constexpr std::size_t kMostBytes = kMaxManifestOfRelease + (std::size_t{64} << 10);

/// "http://10.0.0.1:6969/announce" -> "http://10.0.0.1:6969/api/v1/channels"
std::string api_of(std::string_view announce_url) {
    const std::size_t host = announce_url.find("://");
    if (host == std::string_view::npos || !announce_url.starts_with("http"))
        throw Error(ExitCode::kUsage, announce_url, "it is no http:// or https:// URL", "name the tracker's");
    return std::string(announce_url.substr(0, announce_url.find_first_of("/?#", host + 3))) +
           "/api/v1/channels";
}

/// The tracker's own words: {"error": "..."}
std::string words_of(long status, const std::string& body) {
    const auto answer = nlohmann::json::parse(body, nullptr, false);
    constexpr std::size_t kShown = 300;
    if (answer.is_object() && answer.contains("error") && answer["error"].is_string())
        return printable(answer["error"].get<std::string>(), kShown);
    return fmt::format("HTTP status {}", status);
}

}  // namespace

ChannelTracker::ChannelTracker(std::string_view announce_url, std::string admin_token)
    : url_(api_of(announce_url)), admin_token_(std::move(admin_token)) {}

ChannelTracker::Answer ChannelTracker::call(const std::string& method, const std::string& path,
                                            std::string_view body) const {
    fetch::HttpRequest request;
    request.method = method;
    request.url = url_ + path;
    request.body = body;
    request.headers = {"Content-Type: application/octet-stream"};
    if (!admin_token_.empty()) request.headers.push_back("Authorization: Bearer " + admin_token_);
    request.redirects = false;
    request.advice = "is shoal-tracker running there? The channel's file names the address";
    fetch::HttpAnswer answer = fetch::send_for_answer(request, kMostBytes);
    return {answer.head.status, std::move(answer.body)};
}

void ChannelTracker::refuse(const Answer& answer) const {
    const std::string words = words_of(answer.status, answer.body);
    switch (answer.status) {
        case 401:
            throw Error(ExitCode::kUsage, url_, words, "pass --admin-token-file");
        case 403:
        case 409:
            throw Error(ExitCode::kRefused, url_, words, "look with 'shoal channel latest' at what is there");
        case 404:
            throw Error(ExitCode::kFailed, url_, words, "register it with 'shoal channel register FILE'");
        default:
            throw Error(ExitCode::kFailed, url_, words, "look at the tracker's log");
    }
}

std::string ChannelTracker::publication(const std::string& name) const {
    Answer answer = call("GET", "/" + name, {});
    if (answer.status == 200) return std::move(answer.body);
    // Without a release it is a 404 as well; only a channel that is there has a root.
    if (answer.status == 404 && call("GET", "/" + name + "?part=root", {}).status == 200) return {};
    refuse(answer);
}

void ChannelTracker::send_root(std::string_view file) const {
    const Answer answer = call("POST", "", file);
    if (answer.status != 200 && answer.status != 201) refuse(answer);
}

void ChannelTracker::send_publication(const std::string& name, std::string_view bytes) const {
    const Answer answer = call("PUT", "/" + name, bytes);
    if (answer.status != 200 && answer.status != 201) refuse(answer);
}

}  // namespace shoal::client
