#pragma once

#include <filesystem>
#include <string>

#include "channel/root.hpp"

namespace shoal::client {

/// A channel's file, where people may also name the channel: "camera/latest" is camera-latest.channel here.
struct ChannelFile {
    std::filesystem::path path;
    channel::SignedRoot root;
};

/// Throws Error: kFileSystem, kRefused.
ChannelFile load_channel(const std::string& name_or_path);

channel::SecretKey load_secret_key(const std::filesystem::path& path);
channel::PublicKey load_public_key(const std::filesystem::path& path);

/// "2026-11-28 16:45 UTC"
std::string utc(channel::UnixSeconds at);

}  // namespace shoal::client
