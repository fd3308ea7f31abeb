#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

/// Structured log on standard error, for journald and for people. An event is a constant message and named
/// fields, so that a machine can group by the message.
namespace shoal::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kText, kJson };

struct Field {
    std::string_view name;
    std::string value;
};

/// Before any thread logs. Without a call: kInfo, kText.
void configure(Level level, Format format);

/// Text: `2026-01-31T12:00:00.123Z info listening address=0.0.0.0:6969`
/// JSON: `{"time":"2026-01-31T12:00:00.123Z","level":"info","message":"listening","address":"0.0.0.0:6969"}`
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::kDebug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::kInfo, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::kWarning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::kError, message, fields);
}

}  // namespace shoal::log
