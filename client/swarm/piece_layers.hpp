#pragma once

#include <libtorrent/fwd.hpp>
#include <map>
#include <string>

namespace shoal::client {

namespace lt = libtorrent;

/// Is there a file of v2 whose pieces' hashes are not known (BEP 52)?
bool lacks_piece_layers(const lt::torrent_info& info);

/// The piece layers of all files that are longer than a piece, by the file's root, as raw bytes.
std::map<std::string, std::string> piece_layers_of(const lt::torrent_info& info);

}  // namespace shoal::client
