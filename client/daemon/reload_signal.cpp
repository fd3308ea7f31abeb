#include "client/daemon/reload_signal.hpp"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace shoal::daemon {
namespace {

// A signal handler can only reach what has static storage.
std::atomic<int> reload_event{-1};

extern "C" void handle_reload_signal(int) {
    const int saved = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(reload_event.load(), &one, sizeof one);
    errno = saved;
}

void set_handler(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGHUP, &action, nullptr);
}

}  // namespace

ReloadSignal::ReloadSignal() {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    reload_event.store(fd);
    set_handler(handle_reload_signal);
}

ReloadSignal::~ReloadSignal() {
    set_handler(SIG_DFL);
    ::close(reload_event.exchange(-1));
}

int ReloadSignal::file_descriptor() const {
    return reload_event.load();
}

bool ReloadSignal::take() {
    std::uint64_t count = 0;
    return ::read(reload_event.load(), &count, sizeof count) == sizeof count;
}

}  // namespace shoal::daemon
