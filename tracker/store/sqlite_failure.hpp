#pragma once

#include <filesystem>
#include <string>

namespace SQLite {
class Exception;
}

namespace shoal::tracker {

/// What SQLite could not do, for the operator.
struct SqliteFailure {
    std::string why;     ///< in SQLite's words
    std::string advice;  ///< what helps against that cause: no space, no permission, a lock, damage
};

SqliteFailure explain(const SQLite::Exception& failure, const std::filesystem::path& file);

}  // namespace shoal::tracker
