#include "client/daemon/hook_runner.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>
#include <system_error>

#include "client/daemon/hook_facts.hpp"
#include "common/file_descriptor.hpp"

namespace shoal::daemon {
namespace {

/// The readiness socket and the way into the control port are the daemon's alone.
bool is_the_daemons(const std::string& variable) {
    return variable.starts_with("NOTIFY_SOCKET=") || variable.starts_with("SHOAL_RPC_") ||
           variable.starts_with("SHOAL_DAEMON_RPC_");
}

/// Ours, with what the job adds.
std::vector<std::string> environment_of(const HookJob& job) {
    std::vector<std::string> lines = environment_with(job.environment);
    lines.erase(std::remove_if(lines.begin(), lines.end(), is_the_daemons), lines.end());
    return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

void watch(int epoll, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

/// posix_spawn with: own process group, nothing to read, both outputs into `output`, default signals.
int spawn(const HookJob& job, int output, pid_t& pid) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    sigset_t defaults;
    sigfillset(&defaults);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> arguments = job.command;
    std::vector<std::string> environment = environment_of(job);
    const int error = ::posix_spawnp(&pid, arguments.front().c_str(), &actions, &attributes,
                                     pointers(arguments).data(), pointers(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    return error;
}

int exit_code_of(int status) {
    constexpr int kSignalBase = 128;  // as shells report it
    return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
}

}  // namespace

struct HookRunner::Running {
    HookResult result;
    pid_t pid = -1;
    FileDescriptor output;
    FileDescriptor process;  ///< a pidfd: readable once it has ended
    TimePoint deadline;

    void read_output() {
        std::array<char, 4096> buffer{};
        while (true) {
            const ssize_t n = ::read(output.get(), buffer.data(), buffer.size());
            // A closed pipe is readable for ever, so it must not stay with the event loop.
            if (n == 0) output = FileDescriptor();
            if (n <= 0) return;
            result.output.append(buffer.data(), static_cast<std::size_t>(n));
            if (result.output.size() > kMaxOutput) result.output.erase(0, result.output.size() - kMaxOutput);
        }
    }
    /// True where it has ended and was reaped.
    bool reap(bool block) {
        int status = 0;
        if (::waitpid(pid, &status, block ? 0 : WNOHANG) != pid) return false;
        result.exit_code = exit_code_of(status);
        return true;
    }
    void kill_group() const { ::kill(-pid, SIGKILL); }
};

HookRunner::HookRunner() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

HookRunner::~HookRunner() {
    for (const auto& running : running_) {
        running->kill_group();
        running->reap(true);
    }
    ::close(epoll_);
}

void HookRunner::submit(HookJob job, TimePoint now) {
    if (running_.size() >= kMaxRunning)
        waiting_.push_back(std::move(job));
    else
        start(std::move(job), now);
}

void HookRunner::start(HookJob job, TimePoint now) {
    auto running = std::make_unique<Running>();
    running->result.event = job.event;
    running->result.torrent = job.torrent;
    running->result.program = job.command.front();
    running->deadline = now + job.time_limit;
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe2");
    running->output = FileDescriptor(pipe[0]);
    const FileDescriptor write_end(pipe[1]);
    ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
    const int error = spawn(job, write_end.get(), running->pid);
    if (error != 0) {
        running->result.not_started = std::generic_category().message(error);
        ended_.push_back(std::move(running->result));
        return;
    }
    running->process = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, running->pid, 0)));
    watch(epoll_, running->output.get());
    if (running->process.get() >= 0) watch(epoll_, running->process.get());
    running_.push_back(std::move(running));
}

int HookRunner::file_descriptor() const {
    return epoll_;
}

std::optional<HookRunner::TimePoint> HookRunner::deadline() const {
    if (!ended_.empty()) return TimePoint::min();
    std::optional<TimePoint> first;
    for (const auto& running : running_)
        if (!first || running->deadline < *first) first = running->deadline;
    return first;
}

std::vector<HookResult> HookRunner::collect(TimePoint now) {
    std::vector<HookResult> results = std::exchange(ended_, {});
    for (auto& running : running_) {
        running->read_output();
        bool ended = running->reap(false);
        if (!ended && now >= running->deadline) {
            running->result.timed_out = true;
            running->kill_group();
            ended = running->reap(true);
        }
        if (!ended) continue;
        running->read_output();
        // What it left behind in the background would keep our pipe and its work going.
        running->kill_group();
        results.push_back(std::move(running->result));
        running.reset();
    }
    running_.erase(std::remove(running_.begin(), running_.end(), nullptr), running_.end());
    while (running_.size() < kMaxRunning && !waiting_.empty()) {
        HookJob next = std::move(waiting_.front());
        waiting_.erase(waiting_.begin());
        start(std::move(next), now);
    }
    return results;
}

bool HookRunner::idle() const {
    return running_.empty() && waiting_.empty() && ended_.empty();
}

std::vector<std::string> split_command(const std::string& text) {
    std::istringstream words(text);
    std::vector<std::string> command;
    for (std::string word; words >> word;) command.push_back(word);
    return command;
}

}  // namespace shoal::daemon
