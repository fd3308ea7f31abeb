#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "torrentgen/manifest/content_walk.hpp"
#include "torrentgen/manifest/manifest.hpp"

/// Making a manifest from a file or folder.
namespace shoal::manifest {

enum class Format { kV1, kHybrid, kV2 };

inline constexpr std::uint32_t kDefaultPieceSize = 5u << 20;    // v1
inline constexpr std::uint32_t kDefaultV2PieceSize = 4u << 20;  // v2 and hybrid need a power of two

struct CreateOptions {
    std::filesystem::path content;
    std::string name;  ///< empty: the content's own file name
    Format format = Format::kV1;
    std::optional<std::uint64_t> piece_size;         ///< bytes; without: 5 MiB (v1) or 4 MiB (v2, hybrid)
    std::vector<std::vector<std::string>> trackers;  ///< tiers
    std::vector<std::string> web_seeds;
    std::vector<std::string> dht_nodes;  ///< "HOST:PORT"
    bool is_private = false;
    std::string comment;
    std::string source;
    std::string ssl_ca;  ///< PEM: only peers with a certificate of this authority may have the content
    std::vector<std::string> include;  ///< globs on the path below the root; empty: all
    std::vector<std::string> exclude;
    bool hidden = false;                           ///< also files and folders whose name starts with a dot
    Symlinks symlinks = Symlinks::kSkip;           ///< inside the content; `content` itself may be one
    bool executable = false;                       ///< record which files are executable (BEP 47)
    std::vector<std::filesystem::path> ignore;     ///< files never taken: the manifest being written
    std::optional<std::vector<std::string>> only;  ///< paths below `content` to take instead of all
    std::vector<std::string> similar;              ///< info-hashes, 20 raw bytes each (BEP 38)
    std::vector<std::string> collections;          ///< BEP 38
    std::optional<std::int64_t> date;  ///< seconds since 1970; without: no date, so that bytes reproduce
    unsigned threads = 0;              ///< 0: as many as the machine has cores
};

struct CreateProgress {
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_total = 0;
};

/// Called a few times a second from one thread; returning false abandons the work (Error kInterrupted).
using CreateProgressFunction = std::function<bool(const CreateProgress&)>;

struct CreatedManifest {
    std::string bytes;  ///< the .torrent
    std::vector<std::string> warnings;
};

/// Everything that can be judged without looking at the content. Throws Error (kUsage).
void check_options(const CreateOptions& options);

/// What create_manifest would do, without reading the content.
struct CreatePlan {
    std::string name;
    bool single_file = false;
    Format format = Format::kV1;
    std::uint32_t piece_size = 0;
    std::uint64_t piece_count = 0;
    std::uint64_t total_size = 0;  ///< bytes of content, padding left out
    std::uint64_t pad_size = 0;    ///< bytes of padding (hybrid)
    std::vector<FileEntry> files;  ///< with padding, in content order
    std::vector<std::string> warnings;
};

/// Throws as create_manifest does.
CreatePlan plan_manifest(const CreateOptions& options);

/// The name that the manifest will have: `name`, or else the content's own. Throws Error (kUsage) where no
/// manifest may hold it.
std::string choose_name(const CreateOptions& options);

/// Hashes the content and returns the manifest. The same content gives the same bytes on any machine.
/// Throws Error: kUsage for options that cannot be met, kFileSystem for content that can't be read or that
/// changed while it was hashed.
CreatedManifest create_manifest(const CreateOptions& options, const CreateProgressFunction& progress);

/// The same for a single file that comes through a pipe; `content` is not looked at, `name` must be given.
/// `bytes_total` of the progress is 0: nobody knows.
CreatedManifest create_manifest_from_stream(const CreateOptions& options, int file_descriptor,
                                            const CreateProgressFunction& progress);

}  // namespace shoal::manifest
