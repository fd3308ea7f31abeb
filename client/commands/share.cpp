#include "client/commands/share.hpp"

#include <CLI/CLI.hpp>
#include <ctime>
#include <memory>

#include "client/commands/report.hpp"
#include "client/commands/seeding.hpp"
#include "client/content/arriving_file.hpp"
#include "client/content/existing_content.hpp"
#include "common/cli/help.hpp"
#include "common/cli/options.hpp"
#include "common/file_io.hpp"
#include "common/stop_signal.hpp"
#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/manifest.hpp"
#include "torrentgen/origin/origin.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

/// Writes the manifest, unless the very same bytes are there from an earlier run.
void save_torrent(const fs::path& path, const std::string& bytes, bool force) {
    if (!force && is_there(path)) {
        if (read_file(path, manifest::kMaxManifestBytes) == bytes) return;
        throw Error(ExitCode::kFileSystem, path.string(), "is there already, and is another torrent",
                    "--force replaces it, -o chooses another name");
    }
    write_file_atomically(path, bytes, force ? Overwrite::kYes : Overwrite::kNo);
}

manifest::CreateOptions create_options(const ShareOptions& options, const fs::path& torrent) {
    manifest::CreateOptions create;
    create.ignore = {torrent};
    create.piece_size = options.piece_size;
    if (!options.trackers.empty()) create.trackers = {options.trackers};
    create.web_seeds = options.web_seeds;
    return create;
}

/// What is shared: on this machine by now, with its manifest.
struct Shared {
    fs::path content;
    fs::path torrent;
    manifest::CreatedManifest created;
};

/// @param facts  gets the content's name as soon as it is known
Shared share_path(const ShareOptions& options, ContentFacts& facts,
                  const manifest::CreateProgressFunction& progress) {
    if (!is_there(options.content)) throw file_error(options.content.string(), ENOENT);
    Shared shared;
    shared.content = fs::canonical(options.content);
    facts.name = shared.content.filename().string();
    shared.torrent = fs::absolute(options.torrent.value_or(facts.name + ".torrent"));
    manifest::CreateOptions create = create_options(options, shared.torrent);
    create.content = shared.content;
    shared.created = manifest::create_manifest(create, progress);
    return shared;
}

/// Downloads the content into this folder while it is hashed.
Shared share_url(const ShareOptions& options, ContentFacts& facts,
                 const manifest::CreateProgressFunction& progress) {
    const origin::Origin origin = origin::open_origin(
        {options.content.string(), options.s3.endpoint, options.s3.region, options.s3.presign},
        static_cast<std::int64_t>(std::time(nullptr)));
    manifest::CreateOptions named;
    named.name = origin.name;
    facts.name = manifest::choose_name(named);
    Shared shared;
    shared.content = fs::absolute(facts.name);
    shared.torrent = fs::absolute(options.torrent.value_or(facts.name + ".torrent"));
    ArrivingFile file(shared.content, options.force);
    shared.created = origin::create_manifest(create_options(options, shared.torrent), origin, progress,
                                             [&](std::string_view bytes) { file.append(bytes); });
    file.deliver();
    return shared;
}

}  // namespace

void setup_share(CLI::App& app) {
    auto options = std::make_shared<ShareOptions>();
    CLI::App* command = app.add_subcommand("share", "Make a torrent of a file or folder and serve it");
    command
        ->add_option("PATH", options->content,
                     "The file or folder to share; also http(s)://... or s3://BUCKET/KEY, which is "
                     "downloaded into this folder and becomes a web seed")
        ->required();
    command
        ->add_option("-t,--tracker,--announce", options->trackers,
                     "The tracker where the others find this machine, again for another one")
        ->type_name("URL")
        ->allow_extra_args(false);
    command->add_option("-w,--web-seed", options->web_seeds, "A URL that has the same content (BEP 19)")
        ->type_name("URL")
        ->allow_extra_args(false);
    command
        ->add_option("-o,--output", options->torrent,
                     "Where to write the torrent; without it: NAME.torrent here")
        ->type_name("TORRENT");
    add_size(*command, "--piece-size", options->piece_size, "Without it: 5MiB");
    add_s3_options(*command, options->s3);
    add_duration(*command, "--seed-for", options->seed_for,
                 "Stop after this long; without it: when interrupted");
    command->add_flag("-f,--force", options->force, "Replace another torrent of the same name");
    add_common_options(*command, options->common);
    show_in_help(*command, {"--tracker", "--web-seed", "--output", "--piece-size", "--seed-for", "--force",
                            "--listen", "--limit-up", "--json", "--quiet"});
    command->footer(
        "Examples:\n  shoal share model.bin --tracker http://tracker:6969/announce\n"
        "  shoal share /srv/models -t http://tracker:6969/announce -w http://files/");
    command->callback([options] { run_share(*options); });
}

void run_share(const ShareOptions& options) {
    StopSignal stop;
    Report report(options.common.json, options.common.quiet);
    ContentFacts facts;
    try {
        const auto progress = [&](const manifest::CreateProgress& done) {
            report.checking(facts, done.bytes_done, done.bytes_total);
            return !stop.requested();
        };
        const bool remote = origin::is_remote(options.content.string());
        if (!remote && options.s3.presign)
            throw Error(ExitCode::kUsage, "--presign", "signs URLs of s3:// alone",
                        "name s3://BUCKET/KEY as PATH");
        const auto [content, torrent, created] =
            remote ? share_url(options, facts, progress) : share_path(options, facts, progress);
        for (const std::string& warning : created.warnings) report.warning(facts, warning);
        facts = facts_of(created.bytes, torrent.string());
        save_torrent(torrent, created.bytes, options.force);
        report.shared(facts, torrent,
                      manifest::magnet_link(manifest::parse_manifest(created.bytes, torrent.string())));
        seed_until_stopped(options.common, {created.bytes, content, options.seed_for}, facts, report, stop);
    } catch (const Error& error) {
        report.failed(facts, error);
        throw;
    }
}

}  // namespace shoal::client
