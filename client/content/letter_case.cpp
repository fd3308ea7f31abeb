#include "client/content/letter_case.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "common/error.hpp"
#include "common/file_descriptor.hpp"
#include "torrentgen/manifest/path_rules.hpp"

namespace shoal::client {
namespace {

namespace fs = std::filesystem;

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// Two paths of files or folders that are one without their case.
std::optional<std::pair<std::string, std::string>> same_letters(const manifest::Manifest& manifest) {
    std::unordered_map<std::string, std::string_view> seen;
    for (const manifest::FileEntry& file : manifest.files) {
        if (file.pad) continue;
        for (std::size_t end = 0; end != std::string::npos;) {
            end = file.path.find('/', end + 1);
            const std::string_view path = std::string_view(file.path).substr(0, end);
            const auto [other, is_new] = seen.emplace(lower(path), path);
            if (!is_new && other->second != path)
                return std::pair{std::string(other->second), std::string(path)};
        }
    }
    return std::nullopt;
}

bool tells_case_on_disk(const fs::path& folder) {
    const fs::path probe = folder / fmt::format(".shoal-case-{}", ::getpid());
    const FileDescriptor file(::open(probe.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (file.get() < 0) throw file_error(probe.string(), errno);
    std::error_code error;
    const bool same = fs::exists(folder / fmt::format(".SHOAL-CASE-{}", ::getpid()), error);
    fs::remove(probe, error);
    return !same;
}

}  // namespace

void require_letter_case(const manifest::Manifest& manifest, const fs::path& folder,
                         bool (*tells_case)(const fs::path& folder)) {
    const auto pair = same_letters(manifest);
    if (!pair || tells_case(folder)) return;
    throw Error(ExitCode::kFileSystem, folder.string(),
                fmt::format("its file system takes '{}' and '{}' for one name",
                            manifest::escaped(pair->first), manifest::escaped(pair->second)),
                "choose a folder on a file system that tells upper and lower case apart");
}

void require_letter_case(const manifest::Manifest& manifest, const fs::path& folder) {
    require_letter_case(manifest, folder, tells_case_on_disk);
}

}  // namespace shoal::client
