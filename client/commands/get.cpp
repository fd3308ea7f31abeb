#include "client/commands/get.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "client/commands/report.hpp"
#include "client/commands/session_events.hpp"
#include "client/download/download.hpp"
#include "client/source/torrent_source.hpp"
#include "client/swarm/swarm.hpp"
#include "common/cli/options.hpp"
#include "common/stop_signal.hpp"

namespace shoal::client {

using namespace std::chrono_literals;

namespace {

constexpr auto kTick = 200ms;

/// Tells the Report what the Download tells, and knows which content that is about.
class GetListener : public DownloadListener {
  public:
    GetListener(Report& report, const StopSignal& stop) : report_(report), stop_(stop) {}

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
    void on_progress(const DownloadProgress& progress) override { report_.progress(content_, progress); }
    void on_warning(const std::string& message) override { report_.warning(content_, message); }
    void on_done(const DownloadResult& result) override { report_.done(content_, result); }

    [[nodiscard]] const ContentFacts& content() const { return content_; }

  private:
    Report& report_;
    const StopSignal& stop_;
    ContentFacts content_;
};

}  // namespace

void setup_get(CLI::App& app) {
    auto options = std::make_shared<GetOptions>();
    CLI::App* command = app.add_subcommand("get", "Download, verify and put into place");
    command
        ->add_option("TORRENT", options->torrent,
                     "A .torrent file, - for standard input, an http(s) URL of one, or a magnet link")
        ->required();
    command->add_option("-o,--output", options->target, "The folder to download into")
        ->type_name("DIR")
        ->default_str(".");
    command->add_option("--tracker", options->trackers, "Ask this tracker too, again for another one")
        ->type_name("URL")
        ->allow_extra_args(false);
    add_duration(
        *command, "--seed-for", options->seed_for,
        "Seed this long when done, 0 not at all. Without it: while others still need it, at most as long "
        "as the download took, or 10s");
    add_duration(*command, "--timeout", options->timeout,
                 "Give up after this long without progress (exit code 4)");
    command->add_flag("-f,--force", options->force, "Replace other content of the same name");
    add_common_options(*command, options->common);
    command->footer("Example:\n  shoal get model.torrent -o /srv/models --timeout 10m");
    command->callback([options] { run_get(*options); });
}

void run_get(const GetOptions& options) {
    StopSignal stop;
    Report report(options.common.json, options.common.quiet);
    GetListener listener(report, stop);
    try {
        DownloadOptions download_options;
        download_options.target = options.target;
        download_options.force = options.force;
        download_options.seed_for = options.seed_for;
        download_options.timeout = options.timeout;
        download_options.trackers = options.trackers;
        download_options.peers = resolve_peers(options.common.peers);
        TorrentSource source = load_source(options.torrent, [&stop] { return stop.requested(); });

        Swarm swarm(session_profile(options.common, false));
        SessionEvents session_events(report, !options.common.profile.listen.empty());
        Download download(swarm, std::move(source), std::move(download_options), listener);
        download.start(std::chrono::steady_clock::now());
        while (!download.over()) {
            for (const Event& event : swarm.wait(kTick, stop.requested() ? -1 : stop.file_descriptor())) {
                session_events.handle(event);
                download.handle(event, std::chrono::steady_clock::now());
            }
            if (stop.requested()) download.interrupt(std::chrono::steady_clock::now());
            download.tick(std::chrono::steady_clock::now());
        }
        if (download.error()) throw Error(*download.error());
    } catch (const Error& error) {
        report.failed(listener.content(), error);
        throw;
    }
}

}  // namespace shoal::client
