#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::daemon {

struct HookJob {
    std::string event;                               ///< "done", "error": for the log
    std::int64_t torrent = 0;                        ///< its number, for the result
    std::vector<std::string> command;                ///< program and arguments; no shell looks at them
    std::map<std::string, std::string> environment;  ///< added to ours; names of torrents go only here
    std::chrono::milliseconds time_limit{60'000};
};

struct HookResult {
    std::string event;
    std::int64_t torrent = 0;
    std::string program;
    int exit_code = 0;        ///< 128 + signal number where a signal ended it
    bool timed_out = false;   ///< killed with all that it had started
    std::string not_started;  ///< why; empty where it ran
    std::string output;       ///< the last kilobytes of its standard output and error together
};

/// Runs the operator's programs beside an event loop, a few at a time, each in a process group of its own.
/// Not thread-safe.
class HookRunner {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    static constexpr std::size_t kMaxRunning = 4;
    static constexpr std::size_t kMaxOutput = 8 * 1024;

    HookRunner();
    HookRunner(const HookRunner&) = delete;
    HookRunner& operator=(const HookRunner&) = delete;
    ~HookRunner();  ///< kills what still runs

    /// Starts it, or lets it wait for its turn.
    void submit(HookJob job, TimePoint now);
    /// Readable when `collect` has something to do.
    [[nodiscard]] int file_descriptor() const;
    /// When a time limit ends, and `collect` has to be called too.
    [[nodiscard]] std::optional<TimePoint> deadline() const;
    /// What has ended by now. Never blocks.
    std::vector<HookResult> collect(TimePoint now);
    [[nodiscard]] bool idle() const;

  private:
    struct Running;
    void start(HookJob job, TimePoint now);

    int epoll_;
    std::vector<std::unique_ptr<Running>> running_;
    std::vector<HookJob> waiting_;
    std::vector<HookResult> ended_;  ///< could not even be started
};

/// "/usr/bin/notify --quiet" -> its words; no quoting, no variables.
std::vector<std::string> split_command(const std::string& text);

}  // namespace shoal::daemon
