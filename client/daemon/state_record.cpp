#include <nlohmann/json.hpp>

#include "client/daemon/rpc/base64.hpp"
#include "client/daemon/session_change.hpp"
#include "client/daemon/state_store.hpp"
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

std::string decoded(const json& value) {
    auto bytes = decode_base64(value.get<std::string>());
    if (!bytes) throw Error(ExitCode::kFailed, "state", "not base64");
    return std::move(*bytes);
}

std::vector<bool> bits_from(const json& value, std::size_t count) {
    const std::string bits = decoded(value);
    if (bits.size() != (count + 7) / 8) throw Error(ExitCode::kFailed, "state", "wrong number of pieces");
    std::vector<bool> have(count);
    for (std::size_t i = 0; i < count; ++i)
        have[i] = (static_cast<unsigned char>(bits[i / 8]) & 0x80u >> i % 8) != 0;
    return have;
}

/// File names are bytes, JSON is UTF-8: what is not is written in base64 beside a mark.
json bytes_json(const std::string& text) {
    const bool clean = json(text).dump(-1, ' ', false, json::error_handler_t::replace).find("\xef\xbf\xbd") ==
                       std::string::npos;
    return clean ? json(text) : json{{"base64", encode_base64(text)}};
}

std::string bytes_from(const json& value) {
    return value.is_object() ? decoded(value.at("base64")) : value.get<std::string>();
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

TorrentSettings settings_from(const json& from) {
    TorrentSettings settings;
    settings.limited_down = from.at("limited_down");
    settings.limited_up = from.at("limited_up");
    settings.limit_down = from.at("limit_down");
    settings.limit_up = from.at("limit_up");
    settings.honors_session_limits = from.at("honors_session_limits");
    settings.peer_limit = from.at("peer_limit");
    settings.ratio_source = static_cast<GoalSource>(from.at("ratio_source").get<int>());
    settings.ratio_limit = from.at("ratio_limit");
    settings.idle_source = static_cast<GoalSource>(from.at("idle_source").get<int>());
    settings.idle_minutes = from.at("idle_minutes");
    settings.labels = from.at("labels").get<std::vector<std::string>>();
    return settings;
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
                        {"started", record.started},
                        {"staged", record.staged},
                        {"foreign", record.foreign},
                        {"goal_met", record.goal_met},
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
                        {"pieces", record.have.size()},
                        {"have", bits_text(record.have)},
                        {"swarm_state", encode_base64(record.swarm_state)}};
    return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

TorrentRecord read_record(const std::string& text) {
    return read_json(text, [](const json& from) {
        TorrentRecord record;
        record.hash = from.at("hash");
        record.magnet = from.at("magnet");
        record.name = bytes_from(from.at("name"));
        record.folder = bytes_from(from.at("folder"));
        record.started = from.at("started");
        record.staged = from.at("staged");
        record.foreign = from.value("foreign", false);
        record.goal_met = from.at("goal_met");
        record.uploaded = from.at("uploaded");
        record.downloaded = from.at("downloaded");
        record.corrupt = from.at("corrupt");
        record.added_at = from.at("added_at");
        record.done_at = from.at("done_at");
        record.active_at = from.at("active_at");
        record.seconds_downloading = from.at("seconds_downloading");
        record.seconds_seeding = from.at("seconds_seeding");
        record.settings = settings_from(from.at("settings"));
        record.trackers = from.at("trackers").get<std::vector<std::vector<std::string>>>();
        record.file_choices = from.at("file_choices").get<std::vector<std::int8_t>>();
        record.have = bits_from(from.at("have"), from.at("pieces").get<std::size_t>());
        record.swarm_state = decoded(from.at("swarm_state"));
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
                        {"changes", changes},
                        {"uploaded", totals.uploaded},
                        {"downloaded", totals.downloaded},
                        {"files_added", totals.files_added},
                        {"sessions", totals.sessions},
                        {"seconds_active", totals.seconds_active}};
    return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

SessionRecord read_session_record(const std::string& text) {
    return read_json(text, [](const json& from) {
        SessionRecord record;
        record.next_number = from.at("next_number");
        const json& changes = from.at("changes");
        visit_session_settings([&](const char* name, auto member, auto) {
            using Value = typename std::decay_t<decltype(record.changes.*member)>::value_type;
            if (const auto found = changes.find(name); found != changes.end())
                record.changes.*member = found->template get<Value>();
        });
        record.totals.uploaded = from.at("uploaded");
        record.totals.downloaded = from.at("downloaded");
        record.totals.files_added = from.at("files_added");
        record.totals.sessions = from.at("sessions");
        record.totals.seconds_active = from.at("seconds_active");
        return record;
    });
}

}  // namespace shoal::daemon
