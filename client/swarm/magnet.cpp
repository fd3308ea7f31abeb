#include "client/swarm/magnet.hpp"

#include <fmt/format.h>

#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/error_code.hpp>
#include <libtorrent/magnet_uri.hpp>

#include "common/error.hpp"

namespace shoal::client {
namespace {

template <typename Hash>
std::string hex(const Hash& hash) {
    std::string text;
    for (const unsigned char byte : hash) text += fmt::format("{:02x}", byte);
    return text;
}

}  // namespace

Magnet parse_magnet(const std::string& link) {
    lt::error_code error;
    const lt::add_torrent_params params = lt::parse_magnet_uri(link, error);
    if (error) throw Error(ExitCode::kBadTorrent, link, error.message(), "check the magnet link");
    Magnet magnet;
    if (params.info_hashes.has_v1()) magnet.info_hash_v1 = hex(params.info_hashes.v1);
    if (params.info_hashes.has_v2()) magnet.info_hash_v2 = hex(params.info_hashes.v2);
    magnet.name = params.name;
    magnet.trackers = params.trackers;
    return magnet;
}

}  // namespace shoal::client
