#pragma once

#include <filesystem>

namespace SQLite {
class Database;
}

namespace shoal::tracker {

/// Throws Error (kFileSystem) for a database that holds something else than a tracker's swarms. An empty one
/// may become a tracker's.
void refuse_other_programs(SQLite::Database& database, const std::filesystem::path& file);

/// Brings the file's layout from whatever earlier version it has to the current one, in one transaction. The
/// version is SQLite's `user_version`. Throws Error (kFileSystem) for a version from the future.
void migrate(SQLite::Database& database);

}  // namespace shoal::tracker
