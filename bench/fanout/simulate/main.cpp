#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

#include "bench/fanout/simulate/scenario.hpp"
#include "common/cli/options.hpp"
#include "common/cli/run_cli.hpp"
#include "common/units.hpp"

namespace {

using shoal::simulate::Outcome;
using shoal::simulate::Scenario;

struct Options {
    Scenario scenario;
    std::uint64_t piece_size = 64 << 10;
    std::uint64_t chunk = 0;
    std::uint64_t rate = 2'500'000;
    bool plain_seed = false;
    bool json = false;
};

double part(const std::vector<double>& sorted, double fraction) {
    if (sorted.empty()) return 0;
    return sorted[static_cast<std::size_t>(fraction * static_cast<double>(sorted.size() - 1))];
}

void print(const Scenario& s, const Outcome& outcome, double took, bool json) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double bound = s.one_copy_bound();
    const double memory = static_cast<double>(usage.ru_maxrss) * 1024;
    if (json) {
        nlohmann::ordered_json out;
        out["hosts"] = s.hosts;
        out["one_copy_bound_s"] = bound;
        out["fan_out_ratio"] = {{"first", part(outcome.finished, 0) / bound},
                                {"median", part(outcome.finished, 0.5) / bound},
                                {"p99", part(outcome.finished, 0.99) / bound},
                                {"worst", part(outcome.finished, 1) / bound}};
        if (!outcome.late_finished.empty()) out["late_worst"] = part(outcome.late_finished, 1) / bound;
        out["unfinished"] = outcome.unfinished;
        out["released_at_s"] = outcome.released_at;
        out["origin_copies_at_release"] = outcome.copies_at_release;
        out["origin_copies"] = outcome.copies;
        out["origin_window"] = outcome.largest_window;
        out["taken_back"] = outcome.taken_back;
        out["have_messages_a_host"] = static_cast<double>(outcome.haves) / s.hosts;
        out["announces_a_host"] = static_cast<double>(outcome.announces) / s.hosts;
        out["leecher_uplink_busy"] = outcome.uplink_busy;
        out["events"] = outcome.events;
        out["took_s"] = took;
        out["memory_bytes"] = memory;
        fmt::print("{}\n", out.dump());
        return;
    }
    fmt::print("{:>8} {:>9} {:>7} {:>7} {:>7} {:>7} {:>10} {:>8} {:>8} {:>7} {:>8} {:>9}\n", "hosts", "bound",
               "first", "median", "p99", "worst", "unfinished", "released", "copies", "window", "HAVEs",
               "took");
    fmt::print(
        "{:>8} {:>8.1f}s {:>7.3f} {:>7.3f} {:>7.3f} {:>7.3f} {:>10} {:>8.3f} {:>8.3f} {:>7} {:>8.0f} "
        "{:>8.1f}s\n",
        s.hosts, bound, part(outcome.finished, 0) / bound, part(outcome.finished, 0.5) / bound,
        part(outcome.finished, 0.99) / bound, part(outcome.finished, 1) / bound, outcome.unfinished,
        outcome.released_at / bound, outcome.copies_at_release, outcome.largest_window,
        static_cast<double>(outcome.haves) / s.hosts, took);
    if (!outcome.late_finished.empty()) {
        fmt::print("late joiners: median {:.3f}, worst {:.3f} of the bound, from their own start\n",
                   part(outcome.late_finished, 0.5) / bound, part(outcome.late_finished, 1) / bound);
    }
}

void simulate(const Options& options) {
    Scenario scenario = options.scenario;
    scenario.piece_size = static_cast<std::uint32_t>(options.piece_size);
    scenario.chunk = static_cast<std::uint32_t>(options.chunk);
    scenario.rate = static_cast<double>(options.rate);
    scenario.ration = !options.plain_seed;
    const auto begin = std::chrono::steady_clock::now();
    const Outcome outcome = run(scenario);
    print(scenario, outcome, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          options.json);
}

void set_up(CLI::App& app, Options& options) {
    Scenario& s = options.scenario;
    app.add_option("--hosts", s.hosts, "Leechers")->capture_default_str()->check(CLI::Range(1U, 2'000'000U));
    app.add_option("--origins", s.origins, "Origins")->capture_default_str()->check(CLI::Range(1U, 64U));
    shoal::add_size(app, "--size", s.size, "Of the content");
    shoal::add_size(app, "--piece-size", options.piece_size, "Of a piece");
    shoal::add_rate(app, "--rate", options.rate, "Of every link, each way");
    app.add_option("--latency", s.latency, "One way, in seconds")->capture_default_str();
    app.add_option("--verify", s.verify, "Seconds from a piece's last byte to its HAVE")
        ->capture_default_str();
    app.add_option("--connections", s.connections, "Of a leecher; 0: what the policy wants")
        ->capture_default_str();
    app.add_option("--slots", s.slots, "Peers a leecher serves at once; 0: the policy adapts")
        ->capture_default_str();
    app.add_option("--incoming", s.incoming, "Pieces a leecher downloads at once")->capture_default_str();
    app.add_option("--window", s.window, "Pieces an origin hands out at once; 0: the policy adapts")
        ->capture_default_str();
    shoal::add_size(app, "--chunk", options.chunk, "Granularity; 0: by the size of the run");
    app.add_flag("--plain-seed", options.plain_seed, "The origin does not ration, as a standard client's");
    app.add_flag("--origin-leaves", s.origin_leaves, "As soon as the swarm has every piece");
    app.add_option("--start-spread", s.start_spread, "Hosts start within so many seconds")
        ->capture_default_str();
    app.add_option("--kill", s.killed, "Leechers that die")->capture_default_str();
    app.add_option("--kill-at", s.kill_at, "When, in seconds")->capture_default_str();
    app.add_option("--late", s.late, "Leechers that join late")->capture_default_str();
    app.add_option("--late-at", s.late_at, "When, in seconds")->capture_default_str();
    app.add_option("--give-up", s.give_up, "Simulated seconds")->capture_default_str();
    app.add_option("--random", s.seed, "Seed of everything random")->capture_default_str();
    app.add_flag("--json", options.json, "One JSON document");
    app.footer("Example:\n  shoal-simulate --hosts 1000 --size 5GB --piece-size 5MiB --rate 10Gbit/s");
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    return shoal::run_cli(argc, argv, "shoal-simulate",
                          "Fan-out of one file, simulated with the client's own swarm policy",
                          [&](CLI::App& app) {
                              set_up(app, options);
                              app.callback([&] { simulate(options); });
                          });
}
