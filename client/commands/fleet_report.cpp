#include "client/commands/fleet_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "client/remote/fleet_torrents.hpp"
#include "client/remote/table.hpp"
#include "common/error.hpp"
#include "common/units.hpp"

namespace shoal::client {
namespace {

using nlohmann::json;
using remote::Table;

constexpr auto kRight = Table::Align::kRight;
constexpr auto kLeft = Table::Align::kLeft;

bool unreached(const Error& error) {
    return error.code() == ExitCode::kNoPeer;
}

/// "unreachable" and "failed" in short; the reasons are on standard error.
std::string failure_word(const Error& error) {
    return unreached(error) ? "unreachable" : "failed";
}

bool complete(const remote::TorrentRow& row) {
    return row.left == 0 && row.done >= 1;
}

template <typename Fits>
std::size_t count(const Rows& rows, const Fits& fits) {
    return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), fits));
}

std::size_t errors_of(const Rows& rows) {
    return count(rows, [](const remote::TorrentRow& row) { return row.error != 0; });
}

/// HOST and, where any is known, SITE: the first columns of every table, and their cells.
class HostColumns {
  public:
    explicit HostColumns(const FleetReplies& fleet)
        : fleet_(fleet),
          sites_(std::any_of(fleet.sites.begin(), fleet.sites.end(),
                             [](const std::string& site) { return !site.empty(); })) {}

    [[nodiscard]] Table table(const std::vector<Table::Column>& more) const {
        std::vector<Table::Column> columns{{"HOST", kLeft, 8}};
        if (sites_) columns.push_back({"SITE", kLeft, 4, 8});
        columns.insert(columns.end(), more.begin(), more.end());
        return Table(std::move(columns));
    }
    void add(Table& table, std::size_t host, const std::vector<std::string>& more) const {
        std::vector<std::string> cells{fleet_.replies[host].host};
        if (sites_) cells.push_back(fleet_.sites[host]);
        cells.insert(cells.end(), more.begin(), more.end());
        table.add(std::move(cells));
    }

  private:
    const FleetReplies& fleet_;
    bool sites_;
};

void print(const Table& table) {
    fmt::print("{}", table.text(remote::terminal_width()));
}

/// The rows of all hosts, each with its host.
Rows rows_of(const FleetReplies& fleet) {
    Rows all;
    for (const auto& reply : fleet.replies) {
        if (!reply.answer) continue;
        for (remote::TorrentRow row : reply.answer->rows) {
            row.host = reply.host;
            all.push_back(std::move(row));
        }
    }
    return all;
}

json torrents_json(const FleetReplies& fleet) {
    json list = json::array();
    for (const remote::FleetTorrent& torrent : remote::fleet_torrents(rows_of(fleet))) {
        list.push_back({{"info_hash", torrent.hash},
                        {"name", torrent.name},
                        {"size", torrent.size},
                        {"hosts", torrent.hosts},
                        {"complete", torrent.complete},
                        {"errors", torrent.errors},
                        {"mean", torrent.mean},
                        {"least", torrent.least},
                        {"least_host", torrent.least_host},
                        {"rate_down", torrent.rate_down},
                        {"rate_up", torrent.rate_up},
                        {"labels", torrent.labels}});
    }
    return list;
}

json host_json(const remote::Reply<FleetAnswer>& reply, const std::string& site) {
    json one{{"host", reply.host},
             {"site", site.empty() ? json() : json(site)},
             {"ok", !reply.error.has_value()},
             {"result", reply.error ? failure_word(*reply.error) : reply.answer->result},
             {"error", reply.error ? json(reply.error->what()) : json()}};
    if (!reply.answer) return one;
    if (!reply.answer->state.empty()) one["daemon"] = json::parse(reply.answer->state);
    one["torrents"] = json::parse(rows_json(reply.answer->rows));
    for (std::size_t i = 0; i < reply.answer->results.size(); ++i)
        one["torrents"][i]["result"] = reply.answer->results[i];
    return one;
}

std::string names_of(const FleetAnswer& answer) {
    constexpr std::size_t kNamed = 3;
    std::vector<std::string> names;
    for (const remote::TorrentRow& row : answer.rows) {
        if (names.size() == kNamed) {
            names.push_back(fmt::format("and {} more", answer.rows.size() - kNamed));
            break;
        }
        names.push_back(row.name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

void show_fleet_torrents(const FleetReplies& fleet) {
    Table table({{"HASH", kLeft, 0, 2},
                 {"HOSTS", kRight},
                 {"COMPLETE", kRight},
                 {"ERRORS", kRight},
                 {"MEAN", kRight},
                 {"LEAST", kRight},
                 {"SIZE", kRight, 0, 4},
                 {"DOWN", kRight, 0, 3},
                 {"UP", kRight, 0, 6},
                 {"LABEL", kLeft, 6, 5},
                 {"NAME", kLeft, 12}});
    const auto torrents = remote::fleet_torrents(rows_of(fleet));
    for (const remote::FleetTorrent& torrent : torrents) {
        constexpr std::size_t kDigits = 8;
        table.add({torrent.hash.substr(0, kDigits), std::to_string(torrent.hosts),
                   std::to_string(torrent.complete), std::to_string(torrent.errors),
                   remote::percent_text(torrent.mean), remote::percent_text(torrent.least),
                   format_size(torrent.size), remote::rate_text(torrent.rate_down),
                   remote::rate_text(torrent.rate_up), fmt::format("{}", fmt::join(torrent.labels, ",")),
                   torrent.name});
    }
    if (torrents.empty()) {
        fmt::print("no torrents; 'shoal fleet add' brings one\n");
    } else {
        print(table);
    }
}

void show_fleet_hosts(const FleetReplies& fleet) {
    const HostColumns hosts(fleet);
    Table table = hosts.table({{"RESULT", kLeft},
                               {"TORRENTS", kRight, 0, 5},
                               {"COMPLETE", kRight},
                               {"ERRORS", kRight},
                               {"DOWN", kRight, 0, 6},
                               {"UP", kRight, 0, 7},
                               {"FREE", kRight, 0, 4},
                               {"VERSION", kLeft, 8, 3}});
    for (std::size_t i = 0; i < fleet.replies.size(); ++i) {
        const auto& reply = fleet.replies[i];
        if (reply.error) {
            hosts.add(table, i, {failure_word(*reply.error), "-", "-", "-", "-", "-", "-", "-"});
            continue;
        }
        const Rows& rows = reply.answer->rows;
        const json state = json::parse(reply.answer->state);
        hosts.add(
            table, i,
            {reply.answer->result, std::to_string(rows.size()), std::to_string(count(rows, complete)),
             std::to_string(errors_of(rows)), remote::rate_text(state.at("rate_down")),
             remote::rate_text(state.at("rate_up")), format_size(state.at("free_bytes").get<std::uint64_t>()),
             state.at("version").get<std::string>()});
    }
    print(table);
}

void show_fleet_rows(const FleetReplies& fleet) {
    const HostColumns hosts(fleet);
    Table table = hosts.table({{"ID", kRight, 0, 2},
                               {"DONE", kRight},
                               {"DOWN", kRight, 0, 3},
                               {"UP", kRight, 0, 6},
                               {"LEFT", kRight, 0, 5},
                               {"STATE", kLeft, 5},
                               {"NAME", kLeft, 12},
                               {"ERROR", kLeft, 12}});
    for (std::size_t i = 0; i < fleet.replies.size(); ++i) {
        const auto& reply = fleet.replies[i];
        if (reply.error) {
            hosts.add(table, i, {"-", "-", "-", "-", "-", failure_word(*reply.error), "-", ""});
            continue;
        }
        for (const remote::TorrentRow& row : reply.answer->rows) {
            hosts.add(table, i,
                      {std::to_string(row.id), remote::percent_text(row.done),
                       remote::rate_text(row.rate_down), remote::rate_text(row.rate_up),
                       remote::eta_text(row), remote::state_text(row), row.name, remote::error_text(row)});
        }
    }
    print(table);
}

void show_fleet_results(const FleetReplies& fleet) {
    const HostColumns hosts(fleet);
    Table table = hosts.table({{"RESULT", kLeft}, {"TORRENTS", kLeft, 12}});
    for (std::size_t i = 0; i < fleet.replies.size(); ++i) {
        const auto& reply = fleet.replies[i];
        hosts.add(table, i,
                  {reply.error ? failure_word(*reply.error) : reply.answer->result,
                   reply.answer ? names_of(*reply.answer) : "-"});
    }
    print(table);
}

void print_fleet_json(const FleetReplies& fleet, const std::string& action, bool torrents) {
    json document{{"action", action}, {"asked", fleet.replies.size()}, {"hosts", json::array()}};
    std::size_t failed = 0;
    for (std::size_t i = 0; i < fleet.replies.size(); ++i) {
        failed += fleet.replies[i].error ? 1u : 0u;
        document["hosts"].push_back(host_json(fleet.replies[i], fleet.sites[i]));
    }
    document["failed"] = failed;
    if (torrents) document["torrents"] = torrents_json(fleet);
    fmt::print("{}\n", document.dump(2, ' ', false, json::error_handler_t::replace));
}

void finish_fleet(const FleetReplies& fleet) {
    std::fflush(stdout);
    std::size_t failed = 0;
    std::size_t silent = 0;
    ExitCode code = ExitCode::kDone;
    for (const auto& reply : fleet.replies) {
        if (!reply.error) continue;
        fmt::print(stderr, "shoal: {}: {}\n", reply.host, reply.error->what());
        code = failed == 0 || code == reply.error->code() ? reply.error->code() : ExitCode::kFailed;
        ++failed;
        silent += unreached(*reply.error) ? 1u : 0u;
    }
    if (failed == 0) return;
    throw Error(code, fmt::format("{} of {} hosts", failed, fleet.replies.size()),
                fmt::format("{} not reached in time, {} failed", silent, failed - silent), "see above");
}

}  // namespace shoal::client
