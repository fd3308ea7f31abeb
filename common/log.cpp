#include "common/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/printable.hpp"

namespace shoal::log {
namespace {

std::atomic<Format> current_format{Format::kText};

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::kDebug:
            return spdlog::level::debug;
        case Level::kInfo:
            return spdlog::level::info;
        case Level::kWarning:
            return spdlog::level::warn;
        case Level::kError:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make_logger() {
    auto logger =
        std::make_shared<spdlog::logger>("shoal", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                                                                      spdlog::pattern_time_type::utc));
    logger->flush_on(spdlog::level::debug);
    return logger;
}

spdlog::logger& logger() {
    static const auto instance = make_logger();
    return *instance;
}

std::string json_text(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// logfmt: a value with spaces, quotes or control characters is quoted.
std::string text_value(std::string_view value) {
    constexpr std::size_t kMost = 4000;  // strangers' words are as long as they like
    std::string cut;
    if (value.size() > kMost) {
        cut = std::string(value.substr(0, kMost)) + "...";
        value = cut;
    }
    if (printable(value) != value) {
        // Escaped to the last byte: nothing of it acts on the terminal of who reads along.
        return nlohmann::json(value).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    }
    const bool plain = !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos;
    return plain ? std::string(value) : json_text(value);
}

}  // namespace

void configure(Level level, Format format) {
    current_format = format;
    logger().set_level(to_spdlog(level));
    logger().set_formatter(std::make_unique<spdlog::pattern_formatter>(
        format == Format::kJson ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
        spdlog::pattern_time_type::utc));
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
    const auto spdlog_level = to_spdlog(level);
    if (!logger().should_log(spdlog_level)) return;
    std::string line;
    if (current_format == Format::kJson) {
        line = "\"message\":" + json_text(message);
        for (const auto& field : fields) line += "," + json_text(field.name) + ":" + json_text(field.value);
    } else {
        line = message;
        for (const auto& field : fields)
            line += " " + std::string(field.name) + "=" + text_value(field.value);
    }
    logger().log(spdlog_level, line);
}

}  // namespace shoal::log
