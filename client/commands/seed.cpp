#include "client/commands/seed.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "client/commands/report.hpp"
#include "client/commands/seeding.hpp"
#include "client/content/existing_content.hpp"
#include "client/source/torrent_source.hpp"
#include "common/cli/help.hpp"
#include "common/cli/options.hpp"
#include "common/stop_signal.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

/// PATH is the content, or the folder that holds it under its own name.
fs::path content_root(const fs::path& path, const manifest::Manifest& manifest) {
    std::error_code ignored;
    const fs::path inside = path / manifest.name;
    if (fs::is_directory(path, ignored) && is_there(inside)) {
        const bool inside_is_folder = fs::is_directory(inside, ignored);
        if (manifest.single_file != inside_is_folder) return inside;
    }
    if (!is_there(path)) throw file_error(path.string(), ENOENT);
    return path;
}

}  // namespace

void setup_seed(CLI::App& app) {
    auto options = std::make_shared<SeedOptions>();
    CLI::App* command = app.add_subcommand("seed", "Verify content and serve it");
    command
        ->add_option("TORRENT", options->torrent,
                     "A .torrent file, - for standard input, or an http(s) URL of one")
        ->required();
    command->add_option("PATH", options->content, "The content, or the folder that it is in")->required();
    add_duration(*command, "--seed-for", options->seed_for,
                 "Stop after this long; without it: when interrupted");
    add_common_options(*command, options->common);
    show_in_help(*command, {"--seed-for", "--listen", "--peer", "--limit-up", "--rack", "--json", "--quiet"});
    command->footer(
        "Examples:\n  shoal seed model.torrent /srv/models/model.bin --listen :6881\n"
        "  shoal seed model.torrent /srv/models --limit-up 100MB/s --seed-for 2h");
    command->callback([options] { run_seed(*options); });
}

void run_seed(const SeedOptions& options) {
    StopSignal stop;
    Report report(options.common.json, options.common.quiet);
    ContentFacts facts;
    try {
        const TorrentSource source = load_source(options.torrent, [&stop] { return stop.requested(); });
        if (!source.magnet.empty()) {
            throw Error(ExitCode::kUsage, options.torrent, "a magnet link has no piece hashes",
                        "seed needs the .torrent; get downloads it by its magnet");
        }
        facts = facts_of(source.manifest, source.label);
        report.metadata(facts);
        const manifest::Manifest manifest = manifest::parse_manifest(source.manifest, source.label);
        if (const std::string remark = manifest::remark_on(manifest); !remark.empty())
            report.warning(facts, remark);
        const fs::path content = content_root(options.content, manifest);
        manifest::PieceLayers layers;
        const std::string differs = difference(
            source.manifest, manifest, content,
            [&](const manifest::CreateProgress& progress) {
                report.checking(facts, progress.bytes_done, progress.bytes_total);
                return !stop.requested();
            },
            &layers);
        if (!differs.empty()) {
            throw Error(ExitCode::kMismatch, content.string(), "does not match the torrent: " + differs,
                        "'torrentgen verify' lists every difference");
        }
        // Peers ask for the layers that the manifest lacks, and a seed that has none could not answer.
        const std::string complete = layers.empty()
                                         ? source.manifest
                                         : manifest::add_piece_layers(source.manifest, layers, source.label);
        seed_until_stopped(options.common, {complete, content, options.seed_for}, facts, report, stop);
    } catch (const Error& error) {
        report.failed(facts, error);
        throw;
    }
}

}  // namespace shoal::client
