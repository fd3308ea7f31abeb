#include "client/commands/add.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "client/commands/add_request.hpp"
#include "client/commands/rpc_options.hpp"
#include "common/printable.hpp"

namespace shoal::client {
namespace {

using nlohmann::json;

struct Options {
    RpcOptions rpc;
    AddOptions add;
};

void run(const Options& options) {
    const std::vector<std::string> requests = add_requests(options.add);
    const auto replies = ask_daemons<std::vector<Added>>(options.rpc, [&](remote::RpcClient& client) {
        std::vector<Added> all;
        for (const std::string& request : requests)
            all.push_back(added_of(client.call("torrent-add", request)));
        return all;
    });
    if (!any_answer(replies)) return finish(replies);
    json list = json::array();
    for (const auto& reply : replies) {
        for (const Added& one : reply.answer.value_or(std::vector<Added>())) {
            list.push_back(
                {{"id", one.id}, {"name", one.name}, {"info_hash", one.hash}, {"duplicate", one.duplicate}});
            if (replies.size() > 1) list.back()["host"] = reply.host;
            if (!options.rpc.json)
                fmt::print("{}{} {} {}\n", host_prefix(replies, reply),
                           one.duplicate ? "was there already" : "added", one.id, printable(one.name));
        }
    }
    if (options.rpc.json) fmt::print("{}\n", list.dump(2, ' ', false, json::error_handler_t::replace));
    finish(replies);
}

}  // namespace

void setup_add(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("add", "Give the daemon torrents");
    command
        ->add_option(
            "TORRENT", options->add.torrents,
            "A .torrent file of this machine, an http(s) URL that the daemon fetches, or a magnet link")
        ->required();
    add_torrent_options(*command, options->add);
    add_rpc_options(*command, options->rpc);
    command->footer(
        "Examples:\n  shoal add model.torrent --dir /srv/models --label nightly\n"
        "  shoal add http://tracker:6969/model.torrent --rpc @hosts.txt");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
