#include "client/app.hpp"

#include <malloc.h>

#include <CLI/CLI.hpp>

#include "client/commands/add.hpp"
#include "client/commands/channel.hpp"
#include "client/commands/daemon.hpp"
#include "client/commands/dht_node.hpp"
#include "client/commands/doctor.hpp"
#include "client/commands/fleet.hpp"
#include "client/commands/get.hpp"
#include "client/commands/key.hpp"
#include "client/commands/limit.hpp"
#include "client/commands/list.hpp"
#include "client/commands/pause.hpp"
#include "client/commands/publish.hpp"
#include "client/commands/remove.hpp"
#include "client/commands/resume.hpp"
#include "client/commands/seed.hpp"
#include "client/commands/share.hpp"
#include "client/commands/status.hpp"
#include "client/commands/top.hpp"
#include "client/commands/verify.hpp"
#include "common/cli/run_cli.hpp"

namespace shoal::client {
namespace {

/// glibc keeps up to eight heaps a core and grows the size from which memory goes straight back to the
/// system. A program that stays for months on every machine of a fleet is better small.
void keep_memory_small() {
#ifdef __GLIBC__
    ::mallopt(M_ARENA_MAX, 2);
    ::mallopt(M_MMAP_THRESHOLD, 512 << 10);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

}  // namespace

int run_app(int argc, char** argv) {
    keep_memory_small();
    return run_cli(argc, argv, "shoal",
                   "Put a large file on a thousand machines in about the time of one copy",
                   [](CLI::App& app) {
                       app.require_subcommand(1);
                       setup_get(app);
                       setup_seed(app);
                       setup_share(app);
                       setup_dht_node(app);
                       setup_daemon(app);
                       setup_doctor(app);
                       setup_add(app);
                       setup_list(app);
                       setup_status(app);
                       setup_pause(app);
                       setup_resume(app);
                       setup_verify(app);
                       setup_remove(app);
                       setup_limit(app);
                       setup_top(app);
                       setup_fleet(app);
                       setup_key(app);
                       setup_channel(app);
                       setup_publish(app);
                       // A line for both, so that the help fits a screen.
                       for (const char* name : {"pause", "resume"})
                           app.get_subcommand(name)->group("Make the daemon stop torrents, or start them");
                       app.footer(
                           "Examples:\n"
                           "  shoal share model.bin --tracker http://tracker:6969/announce\n"
                           "  shoal get model.bin.torrent -o /srv/models");
                   });
}

}  // namespace shoal::client
