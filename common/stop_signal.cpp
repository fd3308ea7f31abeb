#include "common/stop_signal.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

namespace shoal {
namespace {

// A signal handler can only reach what has static storage.
std::atomic<bool> stop_requested{false};
std::atomic<int> stop_event{-1};

void ask_to_stop() {
    stop_requested.store(true);
    const std::uint64_t one = 1;
    const int saved = errno;
    // Cannot fail usefully: the counter being full means that it is readable already.
    [[maybe_unused]] const auto n = ::write(stop_event.load(), &one, sizeof one);
    errno = saved;
}

extern "C" void handle_stop_signal(int signal_number) {
    if (stop_requested.load()) {
        std::signal(signal_number, SIG_DFL);
        ::raise(signal_number);
        return;
    }
    ask_to_stop();
}

void set_handler(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    // No SA_RESTART: a command that waits in read(2) or accept(2) should wake up.
    for (const int signal_number : {SIGINT, SIGTERM}) ::sigaction(signal_number, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    stop_requested.store(false);
    stop_event.store(fd);
    set_handler(handle_stop_signal);
    std::signal(SIGPIPE, SIG_IGN);
}

StopSignal::~StopSignal() {
    set_handler(SIG_DFL);
    ::close(stop_event.exchange(-1));
}

bool StopSignal::requested() const {
    return stop_requested.load();
}

bool StopSignal::wait_for(std::chrono::milliseconds timeout) const {
    pollfd entry{stop_event.load(), POLLIN, 0};
    ::poll(&entry, 1, static_cast<int>(timeout.count()));
    return requested();
}

int StopSignal::file_descriptor() const {
    return stop_event.load();
}

void StopSignal::request() {
    ask_to_stop();
}

}  // namespace shoal
