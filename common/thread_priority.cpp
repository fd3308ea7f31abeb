#include "common/thread_priority.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace shoal {

void run_behind_others() {
    constexpr int kNice = 5;
    // On Linux the priority belongs to the thread, not to the process. Refused, it costs nothing but the
    // others' time.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

}  // namespace shoal
