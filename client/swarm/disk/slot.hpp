#pragma once

#include <libtorrent/units.hpp>
#include <map>
#include <memory>

#include "client/swarm/disk/hash_job.hpp"
#include "client/swarm/disk/job_gate.hpp"
#include "client/swarm/disk/pending_blocks.hpp"
#include "client/swarm/disk/storage.hpp"

namespace shoal::client::disk {

/// What the disk knows of a torrent. All but `storage` belongs to the network thread.
struct Slot {
    std::shared_ptr<Storage> storage;
    std::weak_ptr<void> torrent;  ///< to be kept while another thread works for it
    JobGate gate;
    PendingBlocks pending;
    std::map<lt::piece_index_t, int> writing;  ///< blocks of each piece that are not written yet
    std::multimap<lt::piece_index_t, HashJob> hashes_waiting;
    bool deleted = false;  ///< or about to be: there is nothing left to hash
};
using SlotPointer = std::shared_ptr<Slot>;

}  // namespace shoal::client::disk
