#pragma once

#include <cstdint>
#include <libtorrent/bdecode.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/error.hpp"

/// Bencoding as libtorrent reads it, with our errors. Private to this folder: libtorrent must not leak.
namespace shoal::manifest {

/// The error of everything that is not a manifest.
Error bad_torrent(std::string_view source_name, std::string_view why);

/// The only value in `bytes`; blanks and line breaks may follow it. Throws Error (kBadTorrent) for truncated,
/// followed by anything else, too deep or too many.
lt::bdecode_node decode(std::string_view bytes, std::string_view source_name);

inline std::string_view view(lt::string_view text) {
    return {text.data(), text.size()};
}
inline std::string_view text_of(const lt::bdecode_node& node) {
    return view(node.string_value());
}
/// The value's own bytes as they stand in the input.
std::string_view raw_bytes(const lt::bdecode_node& node);

/// Nothing where the key is missing; throws Error (kBadTorrent) where it has another type.
class StrictDict {
  public:
    /// The tokens stay with `dict`: a copy of a root node would take them along, and nodes found in it would
    /// dangle.
    StrictDict(const lt::bdecode_node& dict, std::string_view source_name)
        : dict_(dict.non_owning()), source_name_(source_name) {}

    [[nodiscard]] std::optional<std::string_view> string(std::string_view key) const;
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const;
    [[nodiscard]] lt::bdecode_node list(std::string_view key) const;
    [[nodiscard]] lt::bdecode_node dict(std::string_view key) const;

  private:
    [[nodiscard]] lt::bdecode_node find(std::string_view key, lt::bdecode_node::type_t type) const;

    lt::bdecode_node dict_;
    std::string_view source_name_;
};

}  // namespace shoal::manifest
