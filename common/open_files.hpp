#pragma once

namespace shoal {

/// Raises this process's soft limit of open files (often 1,024, which a thousand connections exceed) to its
/// hard limit.
void allow_many_open_files();

}  // namespace shoal
