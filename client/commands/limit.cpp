#include "client/commands/limit.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "client/commands/rpc_options.hpp"
#include "common/cli/command_doc.hpp"
#include "common/error.hpp"
#include "common/units.hpp"

namespace shoal::client {
namespace {

using nlohmann::json;

struct Options {
    RpcOptions rpc;
    std::vector<std::string> torrents;
    std::optional<std::uint64_t> down;  ///< bytes a second; 0 lifts the limit
    std::optional<std::uint64_t> up;
};

void add_rate_argument(CLI::App& command, const std::string& name, std::optional<std::uint64_t>& rate,
                       const std::string& help) {
    command
        .add_option_function<std::string>(
            name,
            [&rate, name](const std::string& text) {
                rate = parse_rate(text);
                if (!rate)
                    throw CLI::ValidationError(
                        name, fmt::format("'{}' is not understood, write it like 300MB/s", text));
            },
            help)
        ->type_name("RATE");
}

/// The protocol counts in kB/s: rounded up, so that a small limit does not become a stop.
void put(json& arguments, const std::optional<std::uint64_t>& rate, const char* limit, const char* limited) {
    if (!rate) return;
    arguments[limited] = *rate > 0;
    if (*rate > 0) arguments[limit] = (*rate + 999) / 1000;
}

void run(const Options& options) {
    if (!options.down && !options.up)
        throw Error(ExitCode::kUsage, "limit", "nothing to change",
                    "pass --down or --up, or both; 'unlimited' lifts a limit");
    json arguments = json::object();
    if (!options.torrents.empty()) {
        put(arguments, options.down, "downloadLimit", "downloadLimited");
        put(arguments, options.up, "uploadLimit", "uploadLimited");
        return act_on_torrents(options.rpc, options.torrents, "torrent-set", arguments.dump(), "limited");
    }
    put(arguments, options.down, "speed-limit-down", "speed-limit-down-enabled");
    put(arguments, options.up, "speed-limit-up", "speed-limit-up-enabled");
    const auto replies = ask_daemons<std::string>(
        options.rpc, [&](remote::RpcClient& client) { return client.call("session-set", arguments.dump()); });
    if (!any_answer(replies)) return finish(replies);
    if (options.rpc.json) fmt::print("{}\n", arguments.dump(2));
    for (const auto& reply : replies) {
        if (reply.answer && !options.rpc.json)
            fmt::print("{}limits of the whole daemon changed\n", host_prefix(replies, reply));
    }
    finish(replies);
}

}  // namespace

void setup_limit(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("limit", "Limit the rates of torrents, or of the whole daemon");
    command
        ->add_option(
            "TORRENT", options->torrents,
            "Its number in 'shoal list', info-hash or the hash's beginning, name, or label, or 'all' "
            "for each alone; none: the daemon's own limits")
        ->type_name(kDaemonsTorrent);
    add_rate_argument(*command, "--down", options->down,
                      "Receive at most this much; 'unlimited' lifts the limit");
    add_rate_argument(*command, "--up", options->up, "Send at most this much");
    add_rpc_options(*command, options->rpc);
    command->footer("Examples:\n  shoal limit 3 --up 20MB/s\n  shoal limit --down unlimited --up 1Gbit/s");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
