#include "common/reload_signal.hpp"

#include <atomic>
#include <csignal>

namespace shoal {
namespace {

// A signal handler can only reach what has static storage.
std::atomic<bool> reload_requested{false};

extern "C" void handle_reload_signal(int) {
    reload_requested.store(true);
}

void set_handler(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGHUP, &action, nullptr);
}

}  // namespace

ReloadSignal::ReloadSignal() {
    set_handler(handle_reload_signal);
}

ReloadSignal::~ReloadSignal() {
    set_handler(SIG_DFL);
}

bool ReloadSignal::take() {
    return reload_requested.exchange(false);
}

}  // namespace shoal
