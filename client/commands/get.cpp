#include "client/commands/get.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <utility>

#include "client/commands/done_hook.hpp"
#include "client/commands/report.hpp"
#include "client/commands/session_events.hpp"
#include "client/download/download.hpp"
#include "client/source/torrent_source.hpp"
#include "client/swarm/swarm.hpp"
#include "common/cli/help.hpp"
#include "common/cli/options.hpp"
#include "common/stop_signal.hpp"

namespace shoal::client {

using namespace std::chrono_literals;

namespace {

constexpr auto kTick = 200ms;

/// One torrent of the command: tells the Report what its Download tells, and runs the hook.
class Get : public DownloadListener {
  public:
    Get(const GetOptions& options, Report& report, const StopSignal& stop)
        : options_(options), report_(report), stop_(stop) {}

    void begin(Swarm& swarm, TorrentSource source, const DownloadOptions& download_options) {
        content_.name = source.label;
        download_ = std::make_unique<Download>(swarm, std::move(source), download_options, *this);
        download_->start(std::chrono::steady_clock::now());
    }
    void drive(const std::vector<Event>& events) {
        const auto now = std::chrono::steady_clock::now();
        for (const Event& event : events) download_->handle(event, now);
        if (stop_.requested()) {
            download_->interrupt(now);
            if (hook_) hook_->terminate();
        }
        download_->tick(now);
        if (download_->over() && download_->error()) fail(*download_->error());
        if (!hook_) return;
        if (const auto code = hook_->exit_code()) {
            hook_.reset();
            if (*code != 0) {
                fail(Error(ExitCode::kFailed, "--on-done", fmt::format("the command ended with {}", *code)));
            }
        }
    }
    [[nodiscard]] bool over() const { return download_->over() && !hook_; }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }
    [[nodiscard]] const std::optional<DownloadProgress>& progress() const { return progress_; }

    void on_metadata(const ContentFacts& content) override {
        content_ = content;
        report_.metadata(content_);
    }
    bool on_checking(std::uint64_t bytes_done, std::uint64_t bytes_total) override {
        report_.checking(content_, bytes_done, bytes_total);
        return !stop_.requested();
    }
    void on_resumed(std::uint32_t pieces_have, std::uint32_t) override {
        report_.resumed(content_, pieces_have);
    }
    void on_progress(const DownloadProgress& progress) override {
        progress_ = progress;
        report_.progress(content_, progress);
    }
    void on_warning(const std::string& message) override { report_.warning(content_, message); }
    void on_web_seed_failed(const std::string& url, const webseed::Finding& finding) override {
        report_.web_seed_failed(content_, url, finding);
    }
    void on_done(const DownloadResult& result) override {
        report_.done(content_, result);
        if (options_.on_done.empty()) return;
        daemon::HookFacts facts;
        facts.event = "done";
        facts.name = content_.name;
        facts.hash = content_.info_hash;
        facts.folder = result.path.parent_path().string();
        facts.path = result.path.string();
        facts.size = result.bytes;
        facts.downloaded = result.downloaded;
        facts.seconds = result.elapsed.count() / 1000;
        daemon::HookVariables variables = daemon::hook_variables(facts);
        // What version 0.1 called them, for one version more.
        variables.merge(daemon::HookVariables{{"SHOAL_DONE_PATH", facts.path},
                                              {"SHOAL_DONE_NAME", facts.name},
                                              {"SHOAL_DONE_INFO_HASH", facts.hash},
                                              {"SHOAL_DONE_BYTES", std::to_string(facts.size)},
                                              {"SHOAL_DONE_DOWNLOADED", std::to_string(facts.downloaded)},
                                              {"SHOAL_DONE_SECONDS", std::to_string(*facts.seconds)}});
        hook_.emplace(options_.on_done, variables);
    }

  private:
    void fail(const Error& error) {
        if (error_) return;
        error_ = error;
        report_.failed(content_, error);
    }

    const GetOptions& options_;
    Report& report_;
    const StopSignal& stop_;
    std::unique_ptr<Download> download_;
    std::optional<DoneHook> hook_;
    ContentFacts content_;
    std::optional<Error> error_;
    std::optional<DownloadProgress> progress_;
};

DownloadOptions download_options(const GetOptions& options) {
    DownloadOptions result;
    result.target = options.target;
    result.force = options.force || options.keep_old;
    result.keep_old = options.keep_old;
    result.sync = options.sync;
    result.reuse = options.reuse;
    result.files = options.files;
    result.goals = options.goals;
    result.timeout = options.timeout;
    result.trackers = options.trackers;
    result.peers = resolve_peers(options.common.peers);
    result.web_seeds = web_seed_rules(options.common.profile);
    return result;
}

bool all_over(const std::vector<std::unique_ptr<Get>>& gets) {
    return std::all_of(gets.begin(), gets.end(), [](const auto& get) { return get->over(); });
}

/// The first error is the command's; where there are several torrents the others' are warnings.
void throw_first_error(const std::vector<std::unique_ptr<Get>>& gets, Report& report) {
    std::optional<Error> first;
    for (const auto& get : gets) {
        if (!get->error()) continue;
        if (!first) {
            first = get->error();
        } else {
            report.also_failed(*get->error());
        }
    }
    if (first) throw Error(*first);
}

}  // namespace

void setup_get(CLI::App& app) {
    auto options = std::make_shared<GetOptions>();
    CLI::App* command = app.add_subcommand("get", "Download, verify and put into place");
    command
        ->add_option(
            "TORRENT", options->torrents,
            "A .torrent file, - for standard input, an http(s) URL of one, or a magnet link; several are "
            "downloaded side by side")
        ->required();
    command->add_option("-o,--output", options->target, "The folder to download into")
        ->type_name("DIR")
        ->default_str(".");
    command
        ->add_option("--files", options->files,
                     "Download only files that this matches, again for more: '*.json', 'train/*'")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    command
        ->add_option("--tracker,--announce", options->trackers, "Ask this tracker too, again for another one")
        ->type_name("URL")
        ->allow_extra_args(false);
    add_duration(
        *command, "--seed-for", options->goals.seed_for,
        "Seed this long when done, 0 not at all. Without it: while others still need it, at most as long "
        "as the download took, or 10s");
    command
        ->add_option("--seed-ratio", options->goals.ratio, "Seed until this many times the content was sent")
        ->type_name("NUMBER")
        ->check(CLI::NonNegativeNumber);
    command
        ->add_option("--until-peers-done", options->goals.peers_done,
                     "Seed until this many other peers have everything")
        ->type_name("NUMBER")
        ->check(CLI::NonNegativeNumber);
    add_duration(*command, "--timeout", options->timeout,
                 "Give up after this long without progress (exit code 4)");
    command
        ->add_option(
            "--on-done", options->on_done,
            "Run this shell command for each when it is in its place; SHOAL_HOOK_PATH, _NAME, _HASH, _DIR, "
            "_SIZE, _DOWNLOADED and _SECONDS are in its environment")
        ->type_name("COMMAND");
    command
        ->add_option(
            "--reuse", options->reuse,
            "An older version of the content: only what changed is downloaded, and it stays as it is")
        ->type_name("PATH");
    command->add_flag("-f,--force", options->force, "Replace other content of the same name");
    command->add_flag("--keep-old", options->keep_old,
                      "Replace it, and leave the old content beside it as NAME.old");
    command->add_flag(
        "--sync", options->sync,
        "Wait until the content is safe on the disk before it gets its name: a power cut then never leaves "
        "a name with other bytes");
    add_common_options(*command, options->common);
    show_in_help(*command, {"--output", "--files", "--tracker", "--peer", "--listen", "--seed-for",
                            "--timeout", "--on-done", "--reuse", "--force", "--json"});
    command->footer(
        "Examples:\n  shoal get model.torrent -o /srv/models --timeout 10m\n"
        "  shoal get http://tracker:6969/model.torrent --files '*.json' --seed-for 1h");
    command->callback([options] { run_get(*options); });
}

void run_get(const GetOptions& options) {
    StopSignal stop;
    Report report(options.common.json, options.common.quiet, options.torrents.size() > 1);
    std::vector<std::unique_ptr<Get>> gets;
    try {
        if (!options.reuse.empty() && options.torrents.size() > 1) {
            throw Error(ExitCode::kUsage, "--reuse", "is for one torrent", "call get once for each");
        }
        const DownloadOptions each = download_options(options);
        std::vector<TorrentSource> sources;
        for (const std::string& torrent : options.torrents) {
            sources.push_back(load_source(torrent, [&stop] { return stop.requested(); }));
        }
        Swarm swarm(session_profile(options.common, false));
        SessionEvents session_events(report, !options.common.profile.listen.empty());
        for (TorrentSource& source : sources) {
            gets.push_back(std::make_unique<Get>(options, report, stop));
            gets.back()->begin(swarm, std::move(source), each);
        }
        while (!all_over(gets)) {
            const auto events = swarm.wait(kTick, stop.requested() ? -1 : stop.file_descriptor());
            for (const Event& event : events) session_events.handle(event);
            for (const auto& get : gets) get->drive(events);
        }
        for (const auto& get : gets) get->drive({});
    } catch (const Error& error) {
        report.failed({}, error);
        throw;
    }
    throw_first_error(gets, report);
}

}  // namespace shoal::client
