#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/remote/rpc_client.hpp"
#include "common/error.hpp"

/// Several daemons asked side by side.
namespace shoal::remote {

/// The daemons that --rpc names: addresses as parse_rpc_address takes them, several with commas between, and
/// "@FILE" or a path for a file with one address a line, behind which its site may stand ('#' begins a
/// comment). Each once, in their order.
/// Throws Error: kUsage, kFileSystem.
std::vector<RpcAddress> parse_daemons(const std::vector<std::string>& texts);

constexpr std::size_t kAtOnce = 32;

/// Calls `task` for 0 to count-1 and waits for all: `at_once` at a time, each in a thread. A single one needs
/// none.
void run_side_by_side(std::size_t count, const std::function<void(std::size_t)>& task,
                      std::size_t at_once = kAtOnce);

/// What one of several daemons answered, or why it did not.
template <typename Answer>
struct Reply {
    std::string host;
    std::optional<Answer> answer;
    std::optional<Error> error;
};

/// One reply a daemon, in their order. `ask` takes an RpcClient&, and runs in several threads at a time.
template <typename Answer, typename Ask>
std::vector<Reply<Answer>> ask_all(const std::vector<RpcAddress>& daemons, const Ask& ask,
                                   std::size_t at_once = kAtOnce) {
    std::vector<Reply<Answer>> replies(daemons.size());
    const auto ask_one = [&](std::size_t i) {
        replies[i].host = daemons[i].name;
        try {
            RpcClient client(daemons[i]);
            replies[i].answer = ask(client);
        } catch (const Error& error) {
            replies[i].error = error;
        } catch (const std::exception& error) {
            replies[i].error = Error(ExitCode::kFailed, "answer of the daemon", error.what());
        }
    };
    run_side_by_side(daemons.size(), ask_one, at_once);
    return replies;
}

}  // namespace shoal::remote
