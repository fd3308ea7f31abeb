#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "torrentgen/manifest/create.hpp"

/// Content that an HTTP server or an object store has: hashed while it is downloaded once, and named in the
/// manifest as web seed (BEP 19).
namespace shoal::origin {

/// Is it content of a server, not a path of this machine: "http://", "https://" or "s3://"?
bool is_remote(const std::string& content);

struct OriginOptions {
    std::string url;          ///< http(s)://... or s3://BUCKET/KEY
    std::string s3_endpoint;  ///< empty: as the environment says
    std::string s3_region;
    std::optional<std::chrono::milliseconds> presign;  ///< sign the web seed's URL, valid for so long
};

/// What is read, and what the manifest will name.
struct Origin {
    std::string url;                   ///< to read from
    std::string label;                 ///< as the user wrote it, for messages
    std::string name;                  ///< the last part of its path
    std::string web_seed;              ///< what everybody can read it from
    std::string sigv4;                 ///< of the request; empty: it needs none
    std::string credentials;           ///< of the signature
    std::vector<std::string> headers;  ///< of the signed request
    std::vector<std::string> warnings;
};

/// Asks nobody. @param now  seconds since 1970, of the signature
/// Throws Error (kUsage) for what no manifest can name.
Origin open_origin(const OriginOptions& options, std::int64_t now);

/// Takes the bytes on their way, in order.
using Tee = std::function<void(std::string_view)>;

/// Hashes the content while it is downloaded; its web seed stands before those of the options. Before that it
/// asks the web seed for the first byte, as a download would, and after it for another look.
/// Throws Error: as create_manifest_from_stream; kNoPeer where the server cannot be reached or breaks off;
/// kFailed for a server that refuses, names no length or gives no ranges; kMismatch where the content changed
/// meanwhile (ETag, Last-Modified, length). What `tee` throws comes through.
manifest::CreatedManifest create_manifest(manifest::CreateOptions options, const Origin& origin,
                                          const manifest::CreateProgressFunction& progress,
                                          const Tee& tee = {});

}  // namespace shoal::origin
