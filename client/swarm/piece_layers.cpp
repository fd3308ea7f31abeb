#include "client/swarm/piece_layers.hpp"

#include <libtorrent/file_storage.hpp>
#include <libtorrent/sha1_hash.hpp>
#include <libtorrent/torrent_info.hpp>

namespace shoal::client {
namespace {

/// Files of one piece need no layer: their root is the piece's hash.
bool has_layer(const lt::file_storage& files, lt::file_index_t file) {
    return !files.pad_file_at(file) && files.file_size(file) > files.piece_length();
}

}  // namespace

bool lacks_piece_layers(const lt::torrent_info& info) {
    if (!info.info_hashes().has_v2()) return false;
    const lt::file_storage& files = info.orig_files();
    for (const lt::file_index_t file : files.file_range()) {
        if (!has_layer(files, file)) continue;
        // libtorrent takes a tree of which it knows nothing for complete, with a layer of no hashes.
        const auto wanted = std::int64_t{files.file_num_pieces(file)} * lt::sha256_hash::size();
        if (info.piece_layer(file).size() != wanted) return true;
    }
    return false;
}

std::map<std::string, std::string> piece_layers_of(const lt::torrent_info& info) {
    std::map<std::string, std::string> layers;
    const lt::file_storage& files = info.orig_files();
    for (const lt::file_index_t file : files.file_range()) {
        if (!has_layer(files, file)) continue;
        const auto layer = info.piece_layer(file);
        layers[files.root(file).to_string()] = std::string(layer.begin(), layer.end());
    }
    return layers;
}

}  // namespace shoal::client
