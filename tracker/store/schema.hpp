#pragma once

namespace SQLite {
class Database;
}

namespace shoal::tracker {

/// Brings the file's layout from whatever earlier version it has to the current one, in one transaction. The
/// version is SQLite's `user_version`. Throws Error (kFileSystem) for a version from the future.
void migrate(SQLite::Database& database);

}  // namespace shoal::tracker
