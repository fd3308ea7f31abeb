#include "client/daemon/metrics_page.hpp"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string_view>

#include "common/version.hpp"

namespace shoal::daemon {
namespace {

class Page {
  public:
    void begin(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        fmt::format_to(out(), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    }
    /// @param labels  "a=\"b\"", or empty
    template <typename Number>
    void value(std::string_view labels, Number number) {
        if (labels.empty())
            fmt::format_to(out(), "{} {}\n", name_, number);
        else
            fmt::format_to(out(), "{}{{{}}} {}\n", name_, labels, number);
    }
    template <typename Number>
    void single(std::string_view name, std::string_view type, std::string_view help, Number number) {
        begin(name, type, help);
        value("", number);
    }
    std::string take() { return std::move(text_); }

  private:
    std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }
    std::string text_;
    std::string name_;
};

struct Census {
    std::map<std::string_view, int> states{
        {"stopped", 0}, {"checking", 0}, {"downloading", 0}, {"seeding", 0}};
    int failed = 0;
    int stalled = 0;
    int peers = 0;
    std::uint64_t left = 0;
};

std::string_view state_name(TorrentState state) {
    switch (state) {
        case TorrentState::kStopped:
            return "stopped";
        case TorrentState::kCheckWaiting:
        case TorrentState::kChecking:
            return "checking";
        case TorrentState::kDownloading:
            return "downloading";
        case TorrentState::kSeeding:
            return "seeding";
    }
    return "stopped";
}

Census count(const Engine& engine) {
    Census census;
    for (const TorrentNumber number : engine.torrents()) {
        const TorrentView view = engine.view(number);
        ++census.states[state_name(view.state)];
        if (view.trouble == TroubleKind::kLocal) ++census.failed;
        if (view.stalled) ++census.stalled;
        census.peers += view.peers;
        census.left += view.left;
    }
    return census;
}

}  // namespace

std::string metrics_page(const Engine& engine, const DaemonCounters& counters) {
    const Census census = count(engine);
    const SessionStats stats = engine.stats();
    Page page;
    page.begin("shoal_build_info", "gauge", "The version, as a label.");
    page.value(fmt::format("version=\"{}\"", version()), 1);
    page.single("shoal_start_time_seconds", "gauge", "When the daemon started.", counters.started_at);
    page.begin("shoal_torrents", "gauge", "Torrents by what they do.");
    for (const auto& [state, number] : census.states) page.value(fmt::format("state=\"{}\"", state), number);
    page.single("shoal_torrents_failed", "gauge", "Torrents that stopped because of an error.",
                census.failed);
    page.single("shoal_torrents_stalled", "gauge", "Downloads without progress for five minutes.",
                census.stalled);
    page.single("shoal_peers", "gauge", "Connected peers of all torrents.", census.peers);
    page.single("shoal_left_bytes", "gauge", "Bytes that are still to be downloaded.", census.left);
    page.single("shoal_downloaded_bytes_total", "counter", "Content received since the start.",
                stats.current.downloaded);
    page.single("shoal_uploaded_bytes_total", "counter", "Content sent since the start.",
                stats.current.uploaded);
    page.single("shoal_download_bytes_per_second", "gauge", "Content received a second now.",
                stats.rate_down);
    page.single("shoal_upload_bytes_per_second", "gauge", "Content sent a second now.", stats.rate_up);
    page.single("shoal_state_save_failures_total", "counter", "Failed writes to the state folder.",
                counters.state_failures);
    page.begin("shoal_watch_files_total", "counter", "Files of the watch folder by what became of them.");
    page.value("result=\"added\"", counters.watch_added);
    page.value("result=\"refused\"", counters.watch_refused);
    page.begin("shoal_hooks_total", "counter", "Hooks that have ended.");
    for (const auto& [key, number] : counters.hooks)
        page.value(fmt::format("event=\"{}\",result=\"{}\"", key.first, key.second), number);
    return page.take();
}

}  // namespace shoal::daemon
