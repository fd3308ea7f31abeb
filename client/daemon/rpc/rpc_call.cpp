#include "client/daemon/rpc/rpc_call.hpp"

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "client/daemon/rpc/arguments.hpp"
#include "client/daemon/rpc/methods.hpp"
#include "client/source/magnet.hpp"
#include "common/base64.hpp"
#include "common/error.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;

template <int kReason>
json refuse(Engine&, const json&) {
    constexpr const char* kWhy[] = {
        "there is no service that could look at this machine from outside; run `shoal doctor` instead",
        "there are no block lists; limit peers to your own networks in the daemon's configuration",
        "there is no queue: every started torrent runs",
        "there are no bandwidth groups; set limits for the session or for single torrents"};
    throw Error(ExitCode::kFailed, "not supported", kWhy[kReason]);
}

const std::unordered_map<std::string, Method>& methods() {
    static const std::unordered_map<std::string, Method> table{
        {"torrent-get", torrent_get},
        {"torrent-set", torrent_set},
        {"torrent-add", torrent_add},
        {"torrent-start", torrent_start},
        {"torrent-start-now", torrent_start},
        {"torrent-stop", torrent_stop},
        {"torrent-verify", torrent_verify},
        {"torrent-reannounce", torrent_reannounce},
        {"torrent-remove", torrent_remove},
        {"torrent-set-location", torrent_set_location},
        {"torrent-rename-path", torrent_rename_path},
        {"session-get", session_get},
        {"session-set", session_set},
        {"session-stats", session_stats},
        {"session-close", session_close},
        {"free-space", free_space},
        {"port-test", refuse<0>},
        {"blocklist-update", refuse<1>},
        {"queue-move-top", refuse<2>},
        {"queue-move-up", refuse<2>},
        {"queue-move-down", refuse<2>},
        {"queue-move-bottom", refuse<2>},
        {"group-set", refuse<3>},
        {"group-get", refuse<3>},
    };
    return table;
}

}  // namespace

Method find_method(const std::string& name) {
    const auto found = methods().find(name);
    return found == methods().end() ? nullptr : found->second;
}

struct RpcCall::State {
    std::string method_name;
    Method method = nullptr;
    json arguments = json::object();
    json tag;
    std::string failure;
    json result;

    /// What the reader of `body` may rely on: a known method, and arguments that are an object.
    void parse(std::string_view body) {
        const json request = json::parse(body, nullptr, false);
        if (!request.is_object()) throw Error(ExitCode::kUsage, "request", "not a JSON object");
        if (const auto found = request.find("tag"); found != request.end() && found->is_number())
            tag = *found;
        method_name = text_argument(request, "method").value_or("");
        method = find_method(method_name);
        if (method_name.empty()) throw Error(ExitCode::kUsage, "no method name", "");
        if (method == nullptr) throw Error(ExitCode::kUsage, "method name not recognized", "");
        if (const auto found = request.find("arguments"); found != request.end() && !found->is_null()) {
            if (!found->is_object()) throw Error(ExitCode::kUsage, "arguments", "must be an object");
            arguments = *found;
        }
    }

    template <typename Step>
    void attempt(Step step) {
        if (!failure.empty()) return;
        try {
            step();
        } catch (const std::exception& error) {
            failure = error.what();
            result = nullptr;
        }
    }
};

RpcCall::RpcCall(std::string_view body) : state_(std::make_unique<State>()) {
    state_->attempt([&] { state_->parse(body); });
}

RpcCall::~RpcCall() = default;

void RpcCall::read_sources(const SourceReader& read) {
    if (state_->method != torrent_add) return;
    state_->attempt([&] {
        json& arguments = state_->arguments;
        const auto filename = text_argument(arguments, "filename");
        if (arguments.contains("metainfo") || !filename || !client::as_magnet(*filename).empty()) return;
        arguments["metainfo"] = encode_base64(read(*filename));
    });
}

void RpcCall::run(Engine& engine) {
    state_->attempt([&] { state_->result = state_->method(engine, state_->arguments); });
}

std::string RpcCall::text() const {
    json answer{{"result", state_->failure.empty() ? "success" : state_->failure}};
    answer["arguments"] = state_->result.is_null() ? json::object() : state_->result;
    if (!state_->tag.is_null()) answer["tag"] = state_->tag;
    // Names of files may be any bytes; a replaced character is better than no answer.
    return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

const std::string& RpcCall::method() const {
    return state_->method_name;
}

const std::string& RpcCall::failure() const {
    return state_->failure;
}

}  // namespace shoal::daemon
