#include "tracker/access/access_lists.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <optional>
#include <string_view>

#include "common/error.hpp"
#include "common/file_io.hpp"

namespace shoal::tracker {
namespace {

constexpr std::size_t kMaxFile = std::size_t{256} << 20;
constexpr std::string_view kSpace = " \t\r";

std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(kSpace)));
    const auto end = std::min(line.size(), line.find_first_of(kSpace));
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end);
    return word;
}

/// @param take  gets the first word and the rest; returns what is wrong, or an empty text
void read_lines(const std::filesystem::path& file,
                const std::function<std::string_view(std::string_view, std::string_view)>& take) {
    const std::string content = read_file(file, kMaxFile);
    std::string_view rest(content);
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // which some editors write
    if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
    for (std::size_t number = 1; !rest.empty(); ++number) {
        const auto end = std::min(rest.size(), rest.find('\n'));
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(rest.size(), end + 1));
        line = line.substr(0, line.find('#'));
        const std::string_view word = take_word(line);
        if (word.empty()) continue;
        const std::string_view problem = take(word, line);
        if (problem.empty()) continue;
        throw Error(ExitCode::kUsage, fmt::format("{}:{}", file.native(), number), problem,
                    "correct the line, or remove it");
    }
}

bool key_is_well_formed(std::string_view key) {
    constexpr std::size_t kShortest = 8;
    constexpr std::size_t kLongest = 64;
    return key.size() >= kShortest && key.size() <= kLongest &&
           std::all_of(key.begin(), key.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

}  // namespace

std::unordered_set<InfoHash> read_allow_list(const std::filesystem::path& file) {
    std::unordered_set<InfoHash> list;
    read_lines(file, [&](std::string_view word, std::string_view) -> std::string_view {
        const auto info_hash = parse_info_hash(word);
        if (!info_hash) return "an info-hash has 40 hex digits, or 64 of v2";
        list.insert(*info_hash);
        return {};
    });
    return list;
}

std::unordered_map<std::string, std::string> read_keys(const std::filesystem::path& file) {
    std::unordered_map<std::string, std::string> keys;
    read_lines(file, [&](std::string_view word, std::string_view rest) -> std::string_view {
        if (!key_is_well_formed(word)) return "a key has 8 to 64 letters, digits, '-' or '_'";
        const std::string_view name = take_word(rest);
        if (name.empty()) return "a key needs a name behind it";
        if (!keys.emplace(word, name).second) return "this key is there twice";
        return {};
    });
    return keys;
}

}  // namespace shoal::tracker
