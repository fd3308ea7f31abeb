#include "client/commands/top.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "client/commands/rpc_options.hpp"
#include "client/remote/table.hpp"
#include "client/remote/top_screen.hpp"
#include "common/cli/options.hpp"
#include "common/error.hpp"
#include "common/stop_signal.hpp"

namespace shoal::client {
namespace {

struct Options {
    RpcOptions rpc;
    std::chrono::milliseconds interval = std::chrono::seconds(1);
    bool once = false;
};

/// The terminal's other screen, with keys that come one by one; put back at the end, also after an error.
class Screen {
  public:
    Screen() {
        ::tcgetattr(STDIN_FILENO, &before_);
        termios keys = before_;
        keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
        fmt::print("\x1b[?1049h\x1b[?25l");
    }
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    ~Screen() {
        fmt::print("\x1b[?25h\x1b[?1049l");
        std::fflush(stdout);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    }
    static void draw(const std::string& text) {
        fmt::print("\x1b[H{}\x1b[J", text);
        std::fflush(stdout);
    }

  private:
    termios before_{};
};

remote::ScreenSize screen_size() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {};
    return {size.ws_col, size.ws_row};
}

/// The key that was pressed within `timeout`; 0 for none.
char wait_for_key(const StopSignal& stop, std::chrono::milliseconds timeout) {
    pollfd entries[2] = {{STDIN_FILENO, POLLIN, 0}, {stop.file_descriptor(), POLLIN, 0}};
    char key = 0;
    if (::poll(entries, 2, static_cast<int>(timeout.count())) > 0 && (entries[0].revents & POLLIN) != 0) {
        if (::read(STDIN_FILENO, &key, 1) != 1) key = 0;
    }
    return key;
}

/// The hosts that do not answer now.
std::vector<std::string> silent(const std::vector<remote::Reply<Rows>>& replies) {
    std::vector<std::string> hosts;
    for (const auto& reply : replies)
        if (reply.error) hosts.push_back(reply.host);
    return hosts;
}

void run(const Options& options) {
    const auto look = [&] {
        return ask_daemons<Rows>(options.rpc,
                                 [](remote::RpcClient& client) { return find_torrents(client, {}); });
    };
    if (options.once) {
        const auto replies = look();
        if (!any_answer(replies)) return finish(replies);
        fmt::print("{}", remote::top_screen(all_rows(replies), {remote::terminal_width(), 0}));
        return finish(replies);
    }
    if (::isatty(STDOUT_FILENO) == 0 || ::isatty(STDIN_FILENO) == 0)
        throw Error(ExitCode::kUsage, "top", "needs a terminal", "use --once, or 'shoal list --json'");
    const StopSignal stop;
    auto replies = look();
    const Screen screen;
    while (!stop.requested()) {
        Screen::draw(remote::top_screen(all_rows(replies), screen_size(), silent(replies)));
        const char key = wait_for_key(stop, options.interval);
        if (key == 'q' || key == 'Q') return;
        replies = look();
    }
}

}  // namespace

void setup_top(CLI::App& app) {
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("top", "Watch the daemon's torrents, the busiest first; q ends it");
    add_duration(*command, "--interval", options->interval, "Between two looks");
    command->add_flag("--once", options->once, "Print one screen with all torrents, and end");
    add_rpc_options(*command, options->rpc);
    command->remove_option(command->get_option("--json"));  // a screen; 'list --json' is for programs
    command->footer(
        "Examples:\n  shoal top --rpc unix:/run/shoal/control.sock\n"
        "  shoal top --once --rpc @hosts.txt");
    command->callback([options] { run(*options); });
}

}  // namespace shoal::client
