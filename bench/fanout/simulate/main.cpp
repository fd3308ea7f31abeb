#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "bench/fanout/simulate/scenario.hpp"
#include "common/cli/options.hpp"
#include "common/cli/run_cli.hpp"
#include "common/error.hpp"
#include "common/units.hpp"

namespace {

using shoal::simulate::Outcome;
using shoal::simulate::Scenario;

struct Options {
    Scenario scenario;
    std::uint64_t piece_size = 5 << 20;
    std::uint64_t rate = 1'250'000'000;
    std::uint64_t origin_rate = 0;
    std::uint64_t hash_rate = 1'000'000'000;
    bool plain_seed = false;
    bool json = false;
};

double part(const std::vector<double>& sorted, double fraction) {
    if (sorted.empty()) return 0;
    const auto place = static_cast<std::size_t>(fraction * static_cast<double>(sorted.size()));
    return sorted[std::min(place, sorted.size() - 1)];
}

nlohmann::ordered_json as_json(const Scenario& s, const Outcome& outcome, double took) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double bound = s.one_copy_bound();
    const double makespan = part(outcome.finished, 1);
    nlohmann::ordered_json out;
    out["hosts"] = s.hosts;
    out["finished"] = outcome.finished.size() + outcome.late_finished.size();
    out["unfinished"] = outcome.unfinished;
    out["bound_s"] = bound;
    out["makespan_s"] = makespan;
    out["first_s"] = part(outcome.finished, 0);
    out["p50_s"] = part(outcome.finished, 0.5);
    out["p90_s"] = part(outcome.finished, 0.9);
    out["p99_s"] = part(outcome.finished, 0.99);
    out["ratio_bound"] = makespan / bound;
    if (!outcome.late_finished.empty()) out["late_ratio"] = part(outcome.late_finished, 1) / bound;
    out["released_s"] = outcome.released_at;
    out["origin_sent_copies"] = outcome.copies;
    out["origin_sent_until_one_copy"] = outcome.copies_until_one;
    out["origin_window"] = outcome.largest_window;
    out["taken_back"] = outcome.taken_back;
    out["connections_a_host"] = outcome.connections;
    out["messages_a_host"] = static_cast<double>(outcome.haves) / s.hosts;
    out["announces"] = outcome.announces;
    out["announces_a_second"] = outcome.announces_peak;
    out["last_joined_s"] = outcome.last_joined;
    out["uplinks_busy"] = outcome.uplink_busy;
    out["events"] = outcome.events;
    out["took_s"] = took;
    out["memory_bytes"] = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    return out;
}

void print(const nlohmann::ordered_json& row) {
    const auto number = [&](const char* name) { return row.at(name).get<double>(); };
    fmt::print("hosts             {} of {} complete\n", row.at("finished").get<std::uint64_t>(),
               row.at("hosts").get<std::uint64_t>());
    fmt::print("one-copy bound    {:.2f} s\n", number("bound_s"));
    fmt::print(
        "makespan          {:.2f} s, {:.3f} of the bound (first {:.2f} s, p50 {:.2f} s, p99 {:.2f} s)\n",
        number("makespan_s"), number("ratio_bound"), number("first_s"), number("p50_s"), number("p99_s"));
    if (row.contains("late_ratio"))
        fmt::print("late hosts        {:.3f} of the bound, from their own start\n", number("late_ratio"));
    fmt::print(
        "origin            {:.3f} copies until the swarm had one, {:.2f} in all; window {}, {} taken back\n",
        number("origin_sent_until_one_copy"), number("origin_sent_copies"), number("origin_window"),
        number("taken_back"));
    fmt::print("tracker           {} announces, {} in the busiest second; the last host joined at {:.2f} s\n",
               number("announces"), number("announces_a_second"), number("last_joined_s"));
    fmt::print("a host            {:.1f} connections, {:.0f} HAVE messages sent, uplink {:.0f} % busy\n",
               number("connections_a_host"), number("messages_a_host"), 100 * number("uplinks_busy"));
    fmt::print("simulated in      {:.1f} s, {:.0f} MB, {:.1f} million events\n", number("took_s"),
               number("memory_bytes") / 1e6, number("events") / 1e6);
}

void simulate(const Options& options) {
    Scenario scenario = options.scenario;
    scenario.piece_size = static_cast<std::uint32_t>(options.piece_size);
    scenario.rate = static_cast<double>(options.rate);
    scenario.origin_rate = static_cast<double>(options.origin_rate);
    scenario.hash_rate = static_cast<double>(options.hash_rate);
    scenario.ration = !options.plain_seed;
    shoal::simulate::check(scenario);
    const auto begin = std::chrono::steady_clock::now();
    const Outcome outcome = run(scenario);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const auto row = as_json(scenario, outcome, took.count());
    if (options.json) {
        fmt::print("{}\n", row.dump());
    } else {
        print(row);
    }
    if (outcome.unfinished == 0) return;
    throw shoal::Error(shoal::ExitCode::kNoPeer, fmt::format("{} hosts did not finish", outcome.unfinished),
                       fmt::format("{} s passed in simulated time", scenario.give_up), "raise --give-up");
}

CLI::Option* add_time(CLI::App& app, const std::string& name, double& seconds, const std::string& help) {
    return app.add_option(name, seconds, help)
        ->transform(CLI::AsNumberWithUnit(
            std::map<std::string, double>{{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"m", 60}}))
        ->type_name("TIME")
        ->capture_default_str();
}

void set_up_links(CLI::App& app, Options& options) {
    Scenario& s = options.scenario;
    app.add_option("--hosts", s.hosts, "Leechers")->capture_default_str()->check(CLI::Range(1U, 1'000'000U));
    app.add_option("--origins", s.origins, "Origins")->capture_default_str()->check(CLI::Range(1U, 64U));
    shoal::add_size(app, "--size", s.size, "Of the content");
    shoal::add_size(app, "--piece-size", options.piece_size, "Of a piece");
    shoal::add_rate(app, "--rate", options.rate, "Of every link, each way");
    shoal::add_rate(app, "--origin-rate", options.origin_rate, "Of an origin's link; 0: as the others");
    shoal::add_size(app, "--queue", s.queue, "Of a link; 0: 100 ms of it, at least 48 KiB, at most 1 MiB");
    add_time(app, "--latency", s.latency, "One way");
    app.add_option("--mtu", s.mtu, "Of the network; 9000 with jumbo frames")
        ->capture_default_str()
        ->check(CLI::Range(576U, 65'535U));
    shoal::add_rate(app, "--hash-rate", options.hash_rate, "At which a host checks one piece");
}

void set_up_swarm(CLI::App& app, Options& options) {
    Scenario& s = options.scenario;
    const auto count = [&](const char* name, std::uint32_t& value, const char* help) {
        return app.add_option(name, value, help)->capture_default_str();
    };
    count("--connections", s.connections, "Of a leecher")->check(CLI::Range(1U, 1'000'000U));
    count("--origin-connections", s.origin_connections, "Of an origin")->check(CLI::Range(1U, 1'000'000U));
    count("--slots", s.slots, "Peers a host serves at once; 0: the policy adapts");
    count("--incoming", s.incoming, "Pieces a leecher downloads at once; 0: any number");
    count("--window", s.window, "Pieces an origin hands out at once; 0: the policy adapts");
    add_time(app, "--unchoke-interval", s.unchoke_interval, "For which a peer keeps its slot");
    app.add_flag("--neediest-first", s.neediest_first,
                 "Slots go to the peers with the fewest pieces, not to any");
    app.add_flag("--plain-seed", options.plain_seed, "The origin does not ration, as a standard client's");
    app.add_flag("--origin-leaves", s.origin_leaves, "As soon as the swarm has every piece");
    add_time(app, "--start-spread", s.start_spread, "Within which all hosts start");
    app.add_option("--tracker-rate", s.tracker_rate, "Announces that the tracker answers a second")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    add_time(app, "--interval", s.interval, "Between a host's announces")->check(CLI::PositiveNumber);
    count("--kill", s.killed, "Leechers that die");
    add_time(app, "--kill-at", s.kill_at, "When they do");
    count("--late", s.late, "Leechers that join late");
    add_time(app, "--late-at", s.late_at, "When they do");
    add_time(app, "--give-up", s.give_up, "In simulated time");
    app.add_option("--seed", s.seed, "Of everything random: the same number, the same run")
        ->capture_default_str();
    app.add_flag("--json", options.json, "One JSON document");
    app.footer(
        "Examples:\n"
        "  shoal-simulate --hosts 1000 --mtu 9000\n"
        "  shoal-simulate --hosts 100 --size 16MiB --piece-size 64KiB --rate 1Mbit/s --json");
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    options.scenario.size = 5'000'000'000;
    options.scenario.hosts = 1000;
    return shoal::run_cli(argc, argv, "shoal-simulate",
                          "Fan-out of one file, simulated with the client's own swarm policy",
                          [&](CLI::App& app) {
                              set_up_links(app, options);
                              set_up_swarm(app, options);
                              app.callback([&] { simulate(options); });
                          });
}
