#pragma once

#include <libtorrent/disk_interface.hpp>
#include <libtorrent/fwd.hpp>
#include <libtorrent/io_context.hpp>
#include <memory>

#include "client/swarm/disk/disk_times.hpp"

namespace shoal::client::disk {

/// For lt::session_params::disk_io_constructor, with the counters that it fills. How it differs from
/// libtorrent's own:
/// - blocks in the page cache are read on the network thread, without a thread in between (RWF_NOWAIT);
/// - received blocks are gathered and written many at a time, with one call a run;
/// - pieces are read back and hashed up to sixteen side by side (torrentgen/hashing);
/// - no file is mapped: the process's memory is the blocks that are on their way, which are bounded
///   (max_queued_disk_bytes), and a buffer a hashing thread.
std::unique_ptr<lt::disk_interface> make_disk_io(lt::io_context& network,
                                                 const lt::settings_interface& settings,
                                                 lt::counters& counters, std::shared_ptr<DiskTimes> times);

}  // namespace shoal::client::disk
