#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "client/daemon/session_change.hpp"
#include "client/daemon/state_store.hpp"
#include "common/base64.hpp"
#include "common/error.hpp"

namespace shoal::daemon {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

std::string bits_text(const std::vector<bool>& have) {
    std::string bits((have.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < have.size(); ++i)
        if (have[i])
            bits[i / 8] = static_cast<char>(static_cast<unsigned char>(bits[i / 8]) | 0x80u >> i % 8);
    return encode_base64(bits);
}

Error damaged(std::string_view what, std::string_view why) {
    return {ExitCode::kFailed, fmt::format("'{}'", what), why};
}

std::string decoded(const json& value, std::string_view name) {
    auto bytes = decode_base64(value.get<std::string>());
    if (!bytes) throw damaged(name, "is not base64");
    return std::move(*bytes);
}

/// File names are bytes, JSON is UTF-8: what is not is written in base64 beside a mark.
json bytes_json(const std::string& text) {
    const bool clean = json(text).dump(-1, ' ', false, json::error_handler_t::replace).find("\xef\xbf\xbd") ==
                       std::string::npos;
    return clean ? json(text) : json{{"base64", encode_base64(text)}};
}

json settings_json(const TorrentSettings& settings) {
    return {{"limited_down", settings.limited_down},
            {"limited_up", settings.limited_up},
            {"limit_down", settings.limit_down},
            {"limit_up", settings.limit_up},
            {"honors_session_limits", settings.honors_session_limits},
            {"peer_limit", settings.peer_limit},
            {"ratio_source", static_cast<int>(settings.ratio_source)},
            {"ratio_limit", settings.ratio_limit},
            {"idle_source", static_cast<int>(settings.idle_source)},
            {"idle_minutes", settings.idle_minutes},
            {"labels", settings.labels}};
}

/// The members of a JSON object by name. A value that is not what it should be, or further off than it can
/// be, is an Error: JSON alone would round it, cut it, or let it wrap.
class Members {
  public:
    explicit Members(const json& from) : from_(from) {}

    [[nodiscard]] bool has(const char* name) const { return from_.contains(name); }
    [[nodiscard]] const json& at(const char* name) const { return from_.at(name); }
    [[nodiscard]] Members object(const char* name) const {
        if (!at(name).is_object()) throw damaged(name, "is no object");
        return Members(at(name));
    }
    [[nodiscard]] bool flag(const char* name) const { return at(name).get<bool>(); }
    [[nodiscard]] std::uint64_t count(const char* name, std::uint64_t most = kMost) const {
        if (!at(name).is_number_unsigned() || at(name).get<std::uint64_t>() > most)
            throw damaged(name, fmt::format("is no whole number from 0 to {}", most));
        return at(name).get<std::uint64_t>();
    }
    [[nodiscard]] std::int64_t seconds(const char* name) const {
        return static_cast<std::int64_t>(count(name));
    }
    [[nodiscard]] int small(const char* name, int least, int most) const {
        const bool integer = at(name).is_number_integer();
        if (!integer || at(name) < least || at(name) > most)
            throw damaged(name, fmt::format("is no whole number from {} to {}", least, most));
        return at(name).get<int>();
    }
    [[nodiscard]] double ratio(const char* name) const {
        const auto value = at(name).get<double>();
        if (!std::isfinite(value) || value < 0) throw damaged(name, "is no ratio");
        return value;
    }
    [[nodiscard]] std::string text(const char* name) const { return at(name).get<std::string>(); }
    [[nodiscard]] std::string bytes(const char* name) const {
        const json& value = at(name);
        return value.is_object() ? decoded(value.at("base64"), name) : value.get<std::string>();
    }
    /// Where the content is: relative to the daemon's own folder it would be somewhere else every time.
    [[nodiscard]] std::string folder(const char* name) const {
        std::string path = bytes(name);
        if (!std::filesystem::path(path).is_absolute()) throw damaged(name, "is no absolute path");
        return path;
    }

  private:
    static constexpr std::uint64_t kMost = std::uint64_t{1} << 60;  // sums of a few stay within 64 bits

    const json& from_;
};

constexpr int kMaxPeers = 65535;  // what the RPC takes
constexpr int kMaxMinutes = 24 * 60 * 366;

std::string hash_from(const Members& from) {
    std::string hash = from.text("hash");
    const bool hex = hash.size() == 40 && hash.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!hex) throw damaged("hash", "is not 40 hex digits");  // it names a folder
    return hash;
}

std::vector<bool> have_from(const Members& from) {
    constexpr std::uint64_t kMaxPieces = std::numeric_limits<std::int32_t>::max();
    const std::uint64_t pieces = from.count("pieces", kMaxPieces);
    const std::string bits = decoded(from.at("have"), "have");
    if (bits.size() != (pieces + 7) / 8) throw damaged("have", fmt::format("is not {} pieces", pieces));
    std::vector<bool> have(pieces);
    for (std::size_t i = 0; i < have.size(); ++i)
        have[i] = (static_cast<unsigned char>(bits[i / 8]) & 0x80u >> i % 8) != 0;
    return have;
}

/// In hex: JSON's numbers would be rounded by others who write this.
std::uint64_t mark_from(const Members& from) {
    const std::string digits = from.text("content_mark");
    std::uint64_t mark = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mark, 16);
    if (error != std::errc{} || end != digits.data() + digits.size())
        throw damaged("content_mark", "is no hex number");
    return mark;
}

std::vector<std::int8_t> choices_from(const json& from) {
    std::vector<std::int8_t> choices;
    for (const json& choice : from) {
        if (!choice.is_number_integer() || choice < -2 || choice > 1)
            throw damaged("file_choices", "holds what is no priority");
        choices.push_back(choice.get<std::int8_t>());
    }
    return choices;
}

TorrentSettings settings_from(const Members& from) {
    TorrentSettings settings;
    settings.limited_down = from.flag("limited_down");
    settings.limited_up = from.flag("limited_up");
    settings.limit_down = from.count("limit_down");
    settings.limit_up = from.count("limit_up");
    settings.honors_session_limits = from.flag("honors_session_limits");
    settings.peer_limit = from.small("peer_limit", 0, kMaxPeers);
    settings.ratio_source = static_cast<GoalSource>(from.small("ratio_source", 0, 2));
    settings.ratio_limit = from.ratio("ratio_limit");
    settings.idle_source = static_cast<GoalSource>(from.small("idle_source", 0, 2));
    settings.idle_minutes = from.small("idle_minutes", 0, kMaxMinutes);
    settings.labels = from.at("labels").get<std::vector<std::string>>();
    return settings;
}

/// A setting of the session, by its type and what the RPC lets it be.
void read_setting(const Members& from, const char* name, std::optional<bool>& to) {
    to = from.flag(name);
}
void read_setting(const Members& from, const char* name, std::optional<std::uint64_t>& to) {
    to = from.count(name);
}
void read_setting(const Members& from, const char* name, std::optional<double>& to) {
    to = from.ratio(name);
}
void read_setting(const Members& from, const char* name, std::optional<std::string>& to) {
    to = from.folder(name);
}
void read_setting(const Members& from, const char* name, std::optional<int>& to) {
    const std::string_view setting = name;
    const bool peers = setting.starts_with("peer_limit");
    const int most = peers                                 ? kMaxPeers
                     : setting == "alternative_days"       ? 127
                     : setting.starts_with("alternative_") ? 24 * 60 - 1
                                                           : kMaxMinutes;
    to = from.small(name, peers ? 1 : 0, most);
}

/// `read`, with every kind of damage as one error.
template <typename Read>
auto read_json(const std::string& text, Read read) {
    try {
        const json document = json::parse(text);
        if (document.at("version") != kVersion)
            throw Error(ExitCode::kFailed, "state", "written by a newer version of this program");
        return read(document);
    } catch (const json::exception& error) {
        throw Error(ExitCode::kFailed, "state", error.what());
    }
}

}  // namespace

std::string write_record(const TorrentRecord& record) {
    const json document{{"version", kVersion},
                        {"hash", record.hash},
                        {"magnet", record.magnet},
                        {"name", bytes_json(record.name)},
                        {"folder", bytes_json(record.folder)},
                        {"made_folder", bytes_json(record.made_folder)},
                        {"moving_to", bytes_json(record.moving_to)},
                        {"started", record.started},
                        {"staged", record.staged},
                        {"replaces", record.replaces},
                        {"keep_old", record.keep_old},
                        {"reuse", bytes_json(record.reuse)},
                        {"removing", record.removing},
                        {"watched", bytes_json(record.watched)},
                        {"foreign", record.foreign},
                        {"displaced", record.displaced},
                        {"goal_met", record.goal_met},
                        {"hook_owed", record.hook_owed},
                        {"uploaded", record.uploaded},
                        {"downloaded", record.downloaded},
                        {"corrupt", record.corrupt},
                        {"added_at", record.added_at},
                        {"done_at", record.done_at},
                        {"active_at", record.active_at},
                        {"seconds_downloading", record.seconds_downloading},
                        {"seconds_seeding", record.seconds_seeding},
                        {"settings", settings_json(record.settings)},
                        {"trackers", record.trackers},
                        {"file_choices", record.file_choices},
                        {"placed", record.placed},
                        {"content_mark", fmt::format("{:x}", record.content_mark)},
                        {"pieces", record.have.size()},
                        {"have", bits_text(record.have)},
                        {"swarm_state", encode_base64(record.swarm_state)}};
    return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

TorrentRecord read_record(const std::string& text) {
    return read_json(text, [](const json& document) {
        const Members from(document);
        TorrentRecord record;
        record.hash = hash_from(from);
        record.magnet = from.text("magnet");
        record.name = from.bytes("name");
        record.folder = from.folder("folder");
        if (from.has("made_folder") && from.bytes("made_folder") != "")
            record.made_folder = from.folder("made_folder");
        if (from.has("moving_to") && from.bytes("moving_to") != "")
            record.moving_to = from.folder("moving_to");
        record.started = from.flag("started");
        record.staged = from.flag("staged");
        record.replaces = from.has("replaces") && from.flag("replaces");
        record.keep_old = from.has("keep_old") && from.flag("keep_old");
        if (from.has("reuse") && from.bytes("reuse") != "") record.reuse = from.folder("reuse");
        record.removing = from.has("removing") && from.flag("removing");
        if (from.has("watched")) record.watched = from.bytes("watched");
        record.foreign = from.has("foreign") && from.flag("foreign");
        record.displaced = from.has("displaced") && from.flag("displaced");
        record.goal_met = from.flag("goal_met");
        record.hook_owed = from.has("hook_owed") && from.flag("hook_owed");
        record.uploaded = from.count("uploaded");
        record.downloaded = from.count("downloaded");
        record.corrupt = from.count("corrupt");
        record.added_at = from.seconds("added_at");
        record.done_at = from.seconds("done_at");
        record.active_at = from.seconds("active_at");
        record.seconds_downloading = from.seconds("seconds_downloading");
        record.seconds_seeding = from.seconds("seconds_seeding");
        record.settings = settings_from(from.object("settings"));
        record.trackers = from.at("trackers").get<std::vector<std::vector<std::string>>>();
        record.file_choices = choices_from(from.at("file_choices"));
        if (from.has("placed")) record.placed = from.at("placed").get<std::vector<bool>>();
        if (from.has("content_mark")) record.content_mark = mark_from(from);
        record.have = have_from(from);
        record.swarm_state = decoded(from.at("swarm_state"), "swarm_state");
        return record;
    });
}

std::string write_record(const SessionRecord& record) {
    json changes = json::object();
    visit_session_settings([&](const char* name, auto member, auto) {
        if (record.changes.*member) changes[name] = *(record.changes.*member);
    });
    const SessionTotals& totals = record.totals;
    const json document{{"version", kVersion},
                        {"next_number", record.next_number},
                        {"boot", record.boot},
                        {"alive_at", record.alive_at},
                        {"changes", changes},
                        {"uploaded", totals.uploaded},
                        {"downloaded", totals.downloaded},
                        {"files_added", totals.files_added},
                        {"sessions", totals.sessions},
                        {"seconds_active", totals.seconds_active}};
    return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

SessionRecord read_session_record(const std::string& text) {
    return read_json(text, [](const json& document) {
        const Members from(document);
        SessionRecord record;
        record.next_number = static_cast<TorrentNumber>(
            from.count("next_number", static_cast<std::uint64_t>(kMaxTorrentNumber)));
        // Older versions have neither.
        if (from.has("boot")) record.boot = from.text("boot");
        if (from.has("alive_at")) record.alive_at = from.seconds("alive_at");
        const Members changes = from.object("changes");
        visit_session_settings([&](const char* name, auto member, auto) {
            if (changes.has(name)) read_setting(changes, name, record.changes.*member);
        });
        record.totals.uploaded = from.count("uploaded");
        record.totals.downloaded = from.count("downloaded");
        record.totals.files_added = from.count("files_added");
        record.totals.sessions = from.count("sessions");
        record.totals.seconds_active = from.count("seconds_active");
        return record;
    });
}

}  // namespace shoal::daemon
