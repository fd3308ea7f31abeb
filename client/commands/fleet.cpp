#include "client/commands/fleet.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "client/commands/add_request.hpp"
#include "client/commands/daemon_state.hpp"
#include "client/commands/fleet_hosts.hpp"
#include "client/commands/fleet_report.hpp"
#include "client/commands/rate_limits.hpp"
#include "client/commands/rpc_options.hpp"
#include "client/remote/torrent_match.hpp"
#include "common/cli/help.hpp"
#include "common/error.hpp"
#include "common/nearest.hpp"

namespace shoal::client {
namespace {

struct Options {
    FleetHosts hosts;
    std::string action;
    AddOptions add;  ///< its torrents are those of every action
    RateLimits limits;
    bool delete_content = false;
};

const std::vector<std::string>& actions() {
    static const std::vector<std::string> words{"list", "status", "add", "remove", "verify", "limit"};
    return words;
}

template <typename Ask>
FleetReplies ask_fleet(const Options& options, const Ask& ask) {
    const std::vector<remote::RpcAddress> hosts = chosen_hosts(options.hosts);
    FleetReplies fleet;
    for (const remote::RpcAddress& host : hosts) fleet.sites.push_back(host.site);
    fleet.replies = remote::ask_all<FleetAnswer>(hosts, ask, options.hosts.parallel);
    return fleet;
}

void run_list(const Options& options) {
    const FleetReplies fleet = ask_fleet(options, [&](remote::RpcClient& client) {
        FleetAnswer answer;
        try {
            answer.rows = find_torrents(client, options.add.torrents);
        } catch (const remote::UnknownTorrent&) {
            answer.result = "not there";  // an answer to "who has it?"
        }
        return answer;
    });
    if (options.hosts.rpc.json) {
        print_fleet_json(fleet, options.action, true);
    } else if (any_answer(fleet.replies)) {
        show_fleet_torrents(fleet);
    }
    finish_fleet(fleet);
}

void run_status(const Options& options) {
    const bool daemons = options.add.torrents.empty();
    const FleetReplies fleet = ask_fleet(options, [&](remote::RpcClient& client) {
        FleetAnswer answer;
        answer.rows = find_torrents(client, options.add.torrents);
        if (daemons) answer.state = daemon_state(client).dump();
        return answer;
    });
    if (options.hosts.rpc.json) {
        print_fleet_json(fleet, options.action, false);
    } else if (daemons) {
        show_fleet_hosts(fleet);
    } else {
        show_fleet_rows(fleet);
    }
    finish_fleet(fleet);
}

/// Shows what each host did, and ends with the exit code.
void show_change(const Options& options, const FleetReplies& fleet) {
    if (options.hosts.rpc.json) {
        print_fleet_json(fleet, options.action, false);
    } else {
        show_fleet_results(fleet);
    }
    finish_fleet(fleet);
}

void run_add(const Options& options) {
    const std::vector<std::string> requests = add_requests(options.add);
    show_change(options, ask_fleet(options, [&](remote::RpcClient& client) {
                    FleetAnswer answer;
                    bool all_there = true;
                    for (const std::string& request : requests) {
                        const Added added = added_of(client.call("torrent-add", request));
                        all_there = all_there && added.duplicate;
                        answer.results.emplace_back(added.duplicate ? "was there already" : "added");
                        const Rows found = find_torrents(client, {std::to_string(added.id)});
                        answer.rows.push_back(found.at(0));
                    }
                    answer.result = all_there ? "was there already" : "added";
                    return answer;
                }));
}

void act(FleetAnswer& answer, remote::RpcClient& client, const std::string& method, const std::string& more,
         const std::string& done_word) {
    if (answer.rows.empty()) {
        answer.result = "has none";
        return;
    }
    client.call(method, with_ids(answer.rows, more));
    answer.result = done_word;
    answer.results.assign(answer.rows.size(), done_word);
}

/// A host that does not have the torrent is as it should be, so that a removal can be repeated for those that
/// were not reached. Where no host at all has it, the word is a slip.
void run_remove(const Options& options) {
    const std::string more = options.delete_content ? R"({"delete-local-data":true})" : "{}";
    std::mutex lock;  // over the two below, which the hosts' threads set
    bool found = false;
    std::optional<Error> unknown;
    FleetReplies fleet = ask_fleet(options, [&](remote::RpcClient& client) {
        FleetAnswer answer;
        for (const std::string& word : options.add.torrents) {
            try {
                const Rows rows = find_torrents(client, {word});
                for (const remote::TorrentRow& row : rows) {
                    const auto same = [&](const remote::TorrentRow& one) { return one.id == row.id; };
                    if (std::none_of(answer.rows.begin(), answer.rows.end(), same))
                        answer.rows.push_back(row);
                }
            } catch (const remote::UnknownTorrent& error) {
                const std::lock_guard guard(lock);
                unknown = error;
            }
        }
        if (!answer.rows.empty()) {
            const std::lock_guard guard(lock);
            found = true;
        }
        act(answer, client, "torrent-remove", more, options.delete_content ? "deleted" : "removed");
        if (answer.rows.empty()) answer.result = "not there";
        return answer;
    });
    if (!found && unknown) {
        for (auto& reply : fleet.replies)
            if (!reply.error) reply = {reply.host, std::nullopt, unknown};
    }
    show_change(options, fleet);
}

void run_verify(const Options& options) {
    show_change(options, ask_fleet(options, [&](remote::RpcClient& client) {
                    FleetAnswer answer;
                    answer.rows = find_torrents(client, options.add.torrents);
                    act(answer, client, "torrent-verify", "{}", "checking");
                    return answer;
                }));
}

void run_limit(const Options& options) {
    const bool daemons = options.add.torrents.empty();
    const std::string arguments = daemons ? session_limits(options.limits) : torrent_limits(options.limits);
    show_change(options, ask_fleet(options, [&](remote::RpcClient& client) {
                    FleetAnswer answer;
                    answer.result = "limited";
                    if (daemons) {
                        client.call("session-set", arguments);
                        return answer;
                    }
                    answer.rows = find_torrents(client, options.add.torrents);
                    act(answer, client, "torrent-set", arguments, "limited");
                    return answer;
                }));
}

/// An option that another action would take is a mistake, not something to leave out silently.
void refuse_strangers(const CLI::App& command, const Options& options) {
    struct Owner {
        const char* option;
        const char* action;
    };
    static constexpr Owner kOwners[] = {
        {"--dir", "add"},    {"--paused", "add"}, {"--label", "add"},    {"--files", "add"},
        {"--reuse", "add"},  {"--force", "add"},  {"--keep-old", "add"}, {"--delete-content", "remove"},
        {"--down", "limit"}, {"--up", "limit"}};
    for (const Owner& owner : kOwners) {
        if (command.get_option(owner.option)->count() > 0 && options.action != owner.action)
            throw Error(ExitCode::kUsage, owner.option,
                        fmt::format("is for 'shoal fleet {}', not for 'shoal fleet {}'", owner.action,
                                    options.action),
                        "leave it out");
    }
    const bool needs = options.action == "add" || options.action == "remove" || options.action == "verify";
    if (needs && options.add.torrents.empty())
        throw Error(ExitCode::kUsage, "fleet " + options.action, "which torrent?",
                    options.action == "add"
                        ? "name a .torrent file, a URL or a magnet link"
                        : "its name, info-hash, the hash's beginning, or a label; or 'all'");
}

void run(const CLI::App& command, const Options& options) {
    refuse_strangers(command, options);
    if (options.action == "list") return run_list(options);
    if (options.action == "status") return run_status(options);
    if (options.action == "add") return run_add(options);
    if (options.action == "remove") return run_remove(options);
    if (options.action == "verify") return run_verify(options);
    run_limit(options);
}

/// One of the actions; a slip gets the nearest.
CLI::Validator action_word() {
    return CLI::Validator(
        [](const std::string& text) {
            if (std::find(actions().begin(), actions().end(), text) != actions().end()) return std::string();
            const auto meant = nearest(text, actions());
            return meant ? fmt::format("there is no action '{}': did you mean '{}'?", text, *meant)
                         : fmt::format("there is no action '{}': they are {}", text,
                                       fmt::join(actions(), ", "));
        },
        "");
}

}  // namespace

void setup_fleet(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("fleet", "Look at many daemons, or change them, all at once");
    command
        ->add_option(
            "ACTION", options->action,
            "list, status, add, remove, verify or limit; list shows the torrents of all hosts together, "
            "status a line a host, or a torrent on each host; the others do on every host what the "
            "commands of these names do")
        ->required()
        ->type_name(fmt::format("{{{}}}", fmt::join(actions(), ",")))
        ->check(action_word());
    command->add_option(
        "TORRENT", options->add.torrents,
        "Name, info-hash, the hash's beginning, label, or 'all'; for add a .torrent file, a URL or a "
        "magnet link");
    add_fleet_host_options(*command, options->hosts);
    add_torrent_options(*command, options->add);
    for (const char* name : {"--dir", "--paused", "--label", "--files", "--reuse", "--force", "--keep-old"})
        command->get_option(name)->group("For add");
    command->add_flag("--delete-content", options->delete_content, "Delete the content too")
        ->group("For remove");
    add_limit_options(*command, options->limits);
    for (const char* name : {"--down", "--up"}) command->get_option(name)->group("For limit");
    show_in_help(*command,
                 {"--rpc", "--tracker", "--site", "--except", "--parallel", "--host-timeout", "--json"});
    command->footer(
        "Examples:\n  shoal fleet add model.torrent --rpc @hosts.txt --label nightly\n"
        "  shoal fleet status model.bin -t http://tracker:6969/announce --site hall-1");
    command->callback([options, command] { run(*command, *options); });
}

}  // namespace shoal::client
