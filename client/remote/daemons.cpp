#include "client/remote/daemons.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <sstream>
#include <thread>

#include "common/file_io.hpp"

namespace shoal::remote {
namespace {

namespace fs = std::filesystem;

std::string trimmed(const std::string& text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

/// The path that `text` names a file of hosts by; empty where it is an address.
fs::path hosts_file(const std::string& text) {
    if (text.starts_with('@')) return text.substr(1);
    std::error_code ignored;
    const bool path = text.find('/') != std::string::npos && text.find(':') == std::string::npos;
    return path && fs::is_regular_file(text, ignored) ? fs::path(text) : fs::path();
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);) {
        if (std::string word = trimmed(part); !word.empty()) parts.push_back(std::move(word));
    }
    return parts;
}

struct Line {
    std::string address;
    std::string site;
};

std::vector<Line> addresses_in(const fs::path& file) {
    constexpr std::size_t kMaxBytes = 16u << 20;
    std::vector<Line> addresses;
    for (const std::string& line : split(read_file(file, kMaxBytes), '\n')) {
        const std::string words = trimmed(line.substr(0, line.find('#')));
        const auto blank = std::min(words.find_first_of(" \t"), words.size());
        if (!words.empty()) addresses.push_back({words.substr(0, blank), trimmed(words.substr(blank))});
    }
    if (addresses.empty())
        throw Error(ExitCode::kUsage, file.string(), "names no daemon", "write one address a line");
    return addresses;
}

}  // namespace

std::vector<RpcAddress> parse_daemons(const std::vector<std::string>& texts) {
    std::vector<RpcAddress> daemons;
    const auto add = [&](const std::string& text, const std::string& site = {}) {
        RpcAddress address = parse_rpc_address(text);
        address.site = site;
        const auto same = [&](const RpcAddress& one) {
            return one.url == address.url && one.unix_socket == address.unix_socket;
        };
        if (std::none_of(daemons.begin(), daemons.end(), same)) daemons.push_back(std::move(address));
    };
    for (const std::string& text : texts) {
        if (const fs::path file = hosts_file(text); !file.empty()) {
            for (const Line& line : addresses_in(file)) add(line.address, line.site);
        } else if (text.find('/') != std::string::npos) {
            add(text);  // of a URL or a socket: a comma is a part of it
        } else {
            const std::vector<std::string> parts = split(text, ',');
            if (parts.empty()) throw Error(ExitCode::kUsage, "--rpc", "is empty", "name a daemon's address");
            for (const std::string& part : parts) add(part);
        }
    }
    return daemons;
}

void run_side_by_side(std::size_t count, const std::function<void(std::size_t)>& task, std::size_t at_once) {
    if (count == 1) return task(0);
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < std::min(count, at_once); ++i) {
        threads.emplace_back([&] {
            for (std::size_t one = next++; one < count; one = next++) task(one);
        });
    }
    for (std::thread& thread : threads) thread.join();
}

}  // namespace shoal::remote
