#include "client/daemon/daemon.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <optional>
#include <system_error>
#include <utility>

#include "client/daemon/hook_facts.hpp"
#include "client/daemon/hook_runner.hpp"
#include "client/daemon/loop_queue.hpp"
#include "client/daemon/metrics_page.hpp"
#include "client/daemon/reload_signal.hpp"
#include "client/daemon/service_notifier.hpp"
#include "client/daemon/watch_folder.hpp"
#include "client/source/torrent_source.hpp"
#include "client/swarm/swarm.hpp"
#include "common/error.hpp"
#include "common/log.hpp"
#include "common/stop_signal.hpp"

namespace shoal::daemon {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::seconds kLockPatience{5};
constexpr int kScanEvery = 10;                   // ticks between looks at the whole watch folder
constexpr std::chrono::seconds kStopLimit{20};   // for the last saves
constexpr std::chrono::seconds kFetchLimit{30};  // for a torrent that is added by URL

std::int64_t system_seconds() {
    return static_cast<std::int64_t>(std::time(nullptr));
}

WeekTime local_week_time() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    return {local.tm_wday, local.tm_hour * 60 + local.tm_min};
}

std::string read_source(const std::string& url_or_path) {
    if (url_or_path.find("://") == std::string::npos && !std::filesystem::path(url_or_path).is_absolute())
        throw Error(ExitCode::kUsage, url_or_path,
                    "neither a URL nor an absolute path of the daemon's machine");
    const SteadyTime limit = std::chrono::steady_clock::now() + kFetchLimit;
    client::TorrentSource source =
        client::load_source(url_or_path, [limit] { return std::chrono::steady_clock::now() > limit; });
    if (source.manifest.empty()) throw Error(ExitCode::kBadTorrent, url_or_path, "not a .torrent");
    return std::move(source.manifest);
}

/// Several descriptors as one that the swarm can wait on.
class WakeSet {
  public:
    WakeSet() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
        if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    }
    WakeSet(const WakeSet&) = delete;
    WakeSet& operator=(const WakeSet&) = delete;
    ~WakeSet() { ::close(fd_); }

    void add(int fd) const {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        if (fd >= 0 && ::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) != 0)
            throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

HookJob hook_job(const std::string& command, std::chrono::milliseconds time_limit,
                 const TorrentNotice& notice) {
    const TorrentView& torrent = notice.torrent;
    const bool done = notice.kind == TorrentNotice::Kind::kDone;
    HookJob job;
    job.event = done ? "done" : "error";
    job.torrent = torrent.number;
    job.command = split_command(command);
    job.time_limit = time_limit;
    HookFacts facts;
    facts.event = job.event;
    facts.name = torrent.name;
    facts.hash = torrent.hash;
    facts.folder = torrent.folder;
    facts.path = notice.content.string();
    facts.size = torrent.size;
    facts.downloaded = torrent.downloaded;
    facts.uploaded = torrent.uploaded;
    facts.id = torrent.number;
    facts.error = torrent.trouble_text;
    job.environment = hook_variables(facts);
    job.environment.merge(old_hook_variables(facts));
    return job;
}

std::string outcome_of(const HookResult& result) {
    if (!result.not_started.empty()) return "not started";
    if (result.timed_out) return "timed out";
    return result.exit_code == 0 ? "ok" : "failed";
}

}  // namespace

class Daemon::Parts {
  public:
    Parts(DaemonOptions options, std::function<DaemonOptions()> reload)
        : options_(std::move(options)),
          reload_(std::move(reload)),
          notifier_(options_.notify_socket),
          store_(options_.state_folder, kLockPatience),
          swarm_(options_.profile),
          engine_(swarm_, store_, options_.engine, system_seconds, local_week_time),
          control_(options_.control, loop_, engine_, read_source, [this] { return metrics(); }) {
        if (!options_.watch_folder.empty()) watch_.emplace(options_.watch_folder);
        counters_.started_at = system_seconds();
        wake_.add(loop_.file_descriptor());
        wake_.add(hooks_.file_descriptor());
        wake_.add(reload_signal_.file_descriptor());
        if (watch_) wake_.add(watch_->file_descriptor());
    }

    void run(const StopSignal& stop) {
        wake_.add(stop.file_descriptor());
        engine_.load();
        control_.heartbeat({});
        control_.start();
        for (const Endpoint& address : control_.addresses())
            log::info("control port", {{"address", address.to_string()}});
        if (!options_.control.unix_socket.empty())
            log::info("control socket", {{"path", options_.control.unix_socket.string()}});
        notifier_.send("READY=1");
        SteadyTime next_tick = std::chrono::steady_clock::now();
        while (!stop.requested() && !engine_.close_requested()) {
            next_tick = step(next_tick);
        }
        finish();
    }

  private:
    SteadyTime step(SteadyTime next_tick) {
        SteadyTime until = watch_ && watch_->more() ? std::chrono::steady_clock::now() : next_tick;
        if (const auto deadline = hooks_.deadline()) until = std::min(until, *deadline);
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        for (const client::Event& event :
             swarm_.wait(std::max(left, std::chrono::milliseconds(0)), wake_.get()))
            engine_.handle(event);
        loop_.drain();
        if (reload_signal_.take()) reload();
        if (watch_) report(watch_->take_noticed(take_));
        const SteadyTime now = std::chrono::steady_clock::now();
        if (now >= next_tick) {
            tick();
            next_tick = now + kTick;
        }
        run_hooks(now);
        return next_tick;
    }

    void tick() {
        engine_.tick();
        counters_.state_failures = engine_.state_failures();
        control_.heartbeat(engine_.state_trouble());
        notifier_.send("WATCHDOG=1");
        if (!watch_ || ticks_++ % kScanEvery != 0) return;
        try {
            report(watch_->take_settled(WatchFolder::SystemTime::clock::now(), take_));
            watch_complained_ = false;
        } catch (const Error& error) {
            if (!std::exchange(watch_complained_, true))
                log::error("cannot read the watch folder", {{"why", error.what()}});
        }
    }

    void report(const std::vector<WatchResult>& results) {
        for (const WatchResult& result : results) {
            ++(result.refused.empty() ? counters_.watch_added : counters_.watch_refused);
            if (!result.refused.empty())
                log::warning("watched file refused", {{"file", result.name}, {"why", result.refused}});
            if (!result.not_moved.empty())
                log::error("watched file cannot be moved away",
                           {{"file", result.name}, {"why", result.not_moved}});
        }
    }

    void run_hooks(SteadyTime now) {
        for (const TorrentNotice& notice : engine_.take_notices()) {
            const bool done = notice.kind == TorrentNotice::Kind::kDone;
            const std::string& command = done ? options_.done_hook : options_.error_hook;
            if (!command.empty()) {
                hooks_.submit(hook_job(command, options_.hook_time_limit, notice), now);
            } else if (done) {
                engine_.hook_ended(notice.torrent.number);
            }
        }
        for (const HookResult& result : hooks_.collect(now)) {
            if (result.event == "done") engine_.hook_ended(result.torrent);
            const std::string outcome = outcome_of(result);
            ++counters_.hooks[{result.event, outcome}];
            log::write(outcome == "ok" ? log::Level::kInfo : log::Level::kError, "hook ended",
                       {{"event", result.event},
                        {"program", result.program},
                        {"result", outcome},
                        {"exit_code", std::to_string(result.exit_code)},
                        {"why", result.not_started},
                        {"output", result.output}});
        }
    }

    void reload() {
        notifier_.send("RELOADING=1");
        try {
            DaemonOptions fresh = reload_();
            engine_.reconfigure(fresh.engine);
            fresh.control.rules.session_id = options_.control.rules.session_id;
            control_.set_rules(fresh.control.rules);
            options_.control.rules = fresh.control.rules;
            options_.watch_replace = fresh.watch_replace;
            options_.metrics_torrents = fresh.metrics_torrents;
            options_.done_hook = fresh.done_hook;
            options_.error_hook = fresh.error_hook;
            options_.hook_time_limit = fresh.hook_time_limit;
            log::info("configuration reloaded");
        } catch (const std::exception& error) {
            log::error("configuration kept as it was", {{"why", error.what()}});
        }
        notifier_.send("READY=1");
    }

    void finish() {
        notifier_.send("STOPPING=1");
        log::info("stopping");
        // Answers what is being asked, so that a session-close gets its success.
        const SteadyTime limit = std::chrono::steady_clock::now() + kStopLimit;
        loop_.drain();
        loop_.close();
        control_.stop();
        engine_.save_all();
        while (!engine_.saved() && std::chrono::steady_clock::now() < limit) {
            for (const client::Event& event : swarm_.wait(std::chrono::milliseconds(100)))
                engine_.handle(event);
            engine_.continue_saving();
        }
        engine_.save_session(true);
        if (!engine_.saved()) log::error("stopped before all state was saved");
        while (!hooks_.idle() && std::chrono::steady_clock::now() < limit) {
            swarm_.wait(std::chrono::milliseconds(100), hooks_.file_descriptor());
            run_hooks(std::chrono::steady_clock::now());
        }
    }

    std::string metrics() {
        DaemonCounters counters = counters_;
        client::DiskCounts disk = swarm_.disk_counts();
        counters.piece_hash = std::move(disk.piece_hash);
        counters.disk_write = std::move(disk.write);
        std::error_code error;
        const std::filesystem::space_info space =
            std::filesystem::space(engine_.session().download_folder, error);
        if (!error) counters.free_bytes = space.available;
        return metrics_page(engine_, counters, options_.metrics_torrents);
    }

    DaemonOptions options_;
    std::function<DaemonOptions()> reload_;
    ServiceNotifier notifier_;
    ReloadSignal reload_signal_;
    WakeSet wake_;
    LoopQueue loop_;
    HookRunner hooks_;
    std::optional<WatchFolder> watch_;
    StateStore store_;
    client::Swarm swarm_;
    SwarmEngine engine_;
    DaemonCounters counters_;
    ControlServer control_;
    int ticks_ = 0;
    bool watch_complained_ = false;
    WatchFolder::Take take_ = [this](const std::string& name, const std::string& content) {
        AddRequest request;
        (name.ends_with(".magnet") ? request.magnet : request.manifest) = content;
        request.replace = options_.watch_replace;
        request.reuse = watch_->older_version(name);
        request.watched = name;
        const AddResult added = engine_.add(request);
        // Killed between that and putting the file away, we meet it again.
        if (added.duplicate && !added.same_file)
            throw Error(ExitCode::kFailed, name, "the daemon has this torrent already",
                        "its id is " + std::to_string(added.number));
    };
};

Daemon::Daemon(DaemonOptions options, std::function<DaemonOptions()> reload)
    : parts_(std::make_unique<Parts>(std::move(options), std::move(reload))) {}

Daemon::~Daemon() = default;

void Daemon::run(const StopSignal& stop) {
    parts_->run(stop);
}

}  // namespace shoal::daemon
