#include "client/commands/channel_file.hpp"

#include <fmt/format.h>

#include <ctime>

#include "channel/channel_name.hpp"
#include "client/content/existing_content.hpp"
#include "common/file_io.hpp"

namespace shoal::client {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostKeyBytes = 4096;
constexpr std::size_t kMostChannelBytes = 4 * channel::kMaxRootBytes;

}  // namespace

ChannelFile load_channel(const std::string& name_or_path) {
    fs::path path = name_or_path;
    if (!is_there(path) && !name_or_path.ends_with(".channel") && channel::name_problem(name_or_path).empty())
        path = channel::channel_file_name(name_or_path);
    return {path, channel::read_signed_root(read_file(path, kMostChannelBytes), path.string())};
}

channel::SecretKey load_secret_key(const fs::path& path) {
    return channel::read_secret_key(read_file(path, kMostKeyBytes), path.string());
}

channel::PublicKey load_public_key(const fs::path& path) {
    return channel::read_public_key(read_file(path, kMostKeyBytes), path.string());
}

std::string utc(channel::UnixSeconds at) {
    const std::time_t time = at;
    std::tm parts{};
    if (::gmtime_r(&time, &parts) == nullptr) return fmt::format("{} s after 1970", at);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min);
}

}  // namespace shoal::client
