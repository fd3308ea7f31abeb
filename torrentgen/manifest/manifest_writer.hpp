#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "torrentgen/hashing/piece_hasher.hpp"
#include "torrentgen/manifest/create.hpp"
#include "torrentgen/manifest/manifest.hpp"

namespace shoal::manifest {

/// What the info dictionary says: everything that decides the info-hash.
struct InfoFields {
    std::string name;
    bool single_file = false;
    Format format = Format::kV1;
    std::uint32_t piece_size = 0;
    std::vector<FileEntry> files;  ///< in content order, with padding
    bool is_private = false;
    std::string source;
    std::string ssl_ca;                    ///< PEM
    std::vector<std::string> similar;      ///< info-hashes, 20 raw bytes each (BEP 38)
    std::vector<std::string> collections;  ///< BEP 38
};

/// What stands around the info dictionary and can change without a new info-hash.
struct EnvelopeFields {
    std::vector<std::vector<std::string>> trackers;
    std::vector<std::string> web_seeds;
    std::vector<std::string> dht_nodes;  ///< "HOST:PORT"
    std::string comment;
    std::string created_by;
    std::optional<std::int64_t> created_at;
};

/// The whole manifest, in the canonical form of bencoding.
std::string write_manifest(const InfoFields& info, const hashing::PieceHashes& hashes,
                           const EnvelopeFields& envelope);

/// "HOST:PORT" or "[IPV6]:PORT" in two; nothing where it is neither.
std::optional<std::pair<std::string, std::uint16_t>> split_node(std::string_view node);

}  // namespace shoal::manifest
