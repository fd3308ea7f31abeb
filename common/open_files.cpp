#include "common/open_files.hpp"

#include <sys/resource.h>

namespace shoal {

void allow_many_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    // Refused (in a sandbox), the limit stays what it was, and whoever meets it says so.
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace shoal
