#include "tracker/web/channel_routes.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "channel/ed25519.hpp"
#include "common/base64.hpp"
#include "common/hex.hpp"
#include "tracker/web/json_answer.hpp"

namespace shoal::tracker {
namespace {

constexpr std::string_view kChannels = "/api/v1/channels";
constexpr std::string_view kNotWritten =
    "it is served, but the database cannot be written: a restart would forget it; look at /healthz and the "
    "log, "
    "then send it again";

nlohmann::ordered_json summary(const ChannelView& view) {
    nlohmann::ordered_json out{
        {"name", view.name}, {"root_version", view.root_version}, {"root_expires", view.root_expires}};
    out["sequence"] = view.sequence;
    if (!view.publication) {
        out["release"] = nullptr;
        return out;
    }
    const auto digits = [](const auto& hash) {
        return hash ? nlohmann::ordered_json(hex(channel::view(*hash))) : nlohmann::ordered_json();
    };
    out["release"] = {{"number", view.release.number},
                      {"size", view.release.size},
                      {"note", view.release.note},
                      {"info_hash", digits(view.release.info_hash_v1)},
                      {"info_hash_v2", digits(view.release.info_hash_v2)},
                      {"expires", view.head_expires}};
    return out;
}

int status_of(ChannelAnswer::Outcome outcome) {
    using Outcome = ChannelAnswer::Outcome;
    switch (outcome) {
        case Outcome::kTaken:
            return 201;
        case Outcome::kKnown:
            return 200;
        case Outcome::kUnknown:
            return 404;
        case Outcome::kBehind:
            return 409;
        case Outcome::kRefused:
            return 403;
        case Outcome::kMalformed:
            return 400;
    }
    return 500;
}

bool is_there(const ChannelAnswer& answer) {
    return answer.outcome == ChannelAnswer::Outcome::kTaken ||
           answer.outcome == ChannelAnswer::Outcome::kKnown;
}

void signed_bytes(http::Response& response, const std::string& bytes) {
    response.content_type = "application/octet-stream";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = bytes;
}

std::string event_data(const ChannelView& view) {
    nlohmann::ordered_json data{{"sequence", view.sequence}, {"head", nullptr}};
    if (view.head) data["head"] = encode_base64(*view.head);
    return dump_json(data);
}

}  // namespace

ChannelRoutes::ChannelRoutes(ChannelTable& channels, Calls calls)
    : channels_(channels), calls_(std::move(calls)) {}

bool ChannelRoutes::owns(std::string_view path) {
    return path == kChannels || (path.starts_with(kChannels) && path[kChannels.size()] == '/');
}

void ChannelRoutes::handle(const http::Request& request, http::Response& response) {
    if (request.path == kChannels) {
        if (reads(request)) return list(response);
        if (request.method == "POST") return put_root(request, response);
        return answer_method_not_allowed(response, "GET, HEAD, POST");
    }
    const std::string_view name = request.path.substr(kChannels.size() + 1);
    if (reads(request)) return read(request, name, response);
    if (request.method == "PUT") return publish(request, name, response);
    if (request.method == "DELETE") return remove(request, name, response);
    answer_method_not_allowed(response, "GET, HEAD, PUT, DELETE");
}

void ChannelRoutes::list(http::Response& response) const {
    nlohmann::ordered_json out{{"channels", nlohmann::json::array()}};
    for (const ChannelView& view : channels_.all()) out["channels"].push_back(summary(view));
    answer_json(response, dump_json(out));
}

void ChannelRoutes::put_root(const http::Request& request, http::Response& response) {
    if (!calls_.authorized(request, response)) return;
    const ChannelAnswer answer = channels_.put_root(request.body);
    if (!is_there(answer)) return answer_error(response, status_of(answer.outcome), answer.why);
    if (!calls_.persist()) return answer_error(response, 503, kNotWritten);
    response.status = status_of(answer.outcome);
    answer_json(response, "{}");
}

void ChannelRoutes::read(const http::Request& request, std::string_view name, http::Response& response) {
    const std::string_view query = request.query;
    const bool of_release = query.empty() || query == "part=head" || query == "part=manifest";
    if (!of_release && query != "part=root" && query != "events") {
        return answer_error(
            response, 400,
            "the query is one of 'part=head', 'part=manifest', 'part=root' and 'events', or none");
    }
    const auto view = channels_.find(name);
    if (!view) return answer_error(response, 404, "there is no such channel");
    if (query == "part=root") return signed_bytes(response, *view->root);
    if (query == "events") return listen(*view, response);
    if (!view->publication) return answer_error(response, 404, "this channel has no release yet");
    if (query.empty()) return signed_bytes(response, *view->publication);
    signed_bytes(response, query == "part=head" ? *view->head : *view->manifest);
}

void ChannelRoutes::publish(const http::Request& request, std::string_view name, http::Response& response) {
    const ChannelAnswer answer = channels_.publish(name, request.body, calls_.now());
    if (!is_there(answer)) return answer_error(response, status_of(answer.outcome), answer.why);
    const auto view = channels_.find(name);
    if (view && view->publication) {
        calls_.published(view->release);
        tell(*view);
    }
    if (!calls_.persist()) return answer_error(response, 503, kNotWritten);
    response.status = status_of(answer.outcome);
    answer_json(response, "{}");
}

void ChannelRoutes::remove(const http::Request& request, std::string_view name, http::Response& response) {
    if (!calls_.authorized(request, response)) return;
    if (!channels_.remove(name)) return answer_error(response, 404, "there is no such channel");
    if (!calls_.persist())
        return answer_error(
            response, 503,
            "the channel is gone, but the database cannot be written: a restart would bring it "
            "back; look at /healthz and the log");
    answer_json(response, "{}");
}

void ChannelRoutes::listen(const ChannelView& view, http::Response& response) {
    response.content_type = "text/event-stream";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = http::event_frame("head", event_data(view));
    response.events = listeners_of(view.name);
}

std::shared_ptr<http::EventChannel> ChannelRoutes::listeners_of(std::string_view name) {
    const std::lock_guard lock(mutex_);
    auto& listeners = listeners_[std::string(name)];
    if (!listeners) listeners = std::make_shared<http::EventChannel>();
    return listeners;
}

void ChannelRoutes::tell(const ChannelView& view) {
    listeners_of(view.name)->publish("head", event_data(view));
}

void ChannelRoutes::remind() {
    constexpr unsigned kEvery = 15;
    if (++seconds_ < kEvery) return;
    seconds_ = 0;
    for (const ChannelView& view : channels_.all()) {
        if (view.head && listeners_of(view.name)->subscribers() > 0) tell(view);
    }
}

}  // namespace shoal::tracker
