#include "client/commands/limit.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/commands/rate_limits.hpp"
#include "client/commands/rpc_options.hpp"
#include "common/cli/command_doc.hpp"

namespace shoal::client {
namespace {

using nlohmann::json;

struct Options {
    RpcOptions rpc;
    std::vector<std::string> torrents;
    RateLimits limits;
};

void run(const Options& options) {
    if (!options.torrents.empty())
        return act_on_torrents(options.rpc, options.torrents, "torrent-set", torrent_limits(options.limits),
                               "limited");
    const std::string arguments = session_limits(options.limits);
    const auto replies = ask_daemons<std::string>(
        options.rpc, [&](remote::RpcClient& client) { return client.call("session-set", arguments); });
    if (!any_answer(replies)) return finish(replies);
    if (options.rpc.json) fmt::print("{}\n", json::parse(arguments).dump(2));
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
    add_limit_options(*command, options->limits);
    add_rpc_options(*command, options->rpc);
    command->footer("Examples:\n  shoal limit 3 --up 20MB/s\n  shoal limit --down unlimited --up 1Gbit/s");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
