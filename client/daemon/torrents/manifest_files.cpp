#include "client/daemon/torrents/manifest_files.hpp"

#include <utility>

namespace shoal::daemon {

std::uint32_t count_files(const manifest::Manifest& facts) {
    std::uint32_t count = 0;
    for (const manifest::FileEntry& file : facts.files) count += file.pad ? 0 : 1;
    return count;
}

bool is_unwanted(std::int8_t choice) {
    return choice < -1;
}

void keep_wanted(manifest::Manifest& facts, const std::vector<std::int8_t>& choices) {
    std::vector<manifest::FileEntry> wanted;
    for_each_file(facts, [&](std::uint32_t number, const manifest::FileEntry& file) {
        if (number >= choices.size() || !is_unwanted(choices[number])) wanted.push_back(file);
    });
    facts.files = std::move(wanted);
}

}  // namespace shoal::daemon
