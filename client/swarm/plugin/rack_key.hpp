#pragma once

#include <libtorrent/fwd.hpp>
#include <string>
#include <string_view>

/// A host's rack in the "shoal" dictionary of its extended handshake.
namespace shoal::client::rack_key {

/// Nothing where `rack` is empty.
void add(libtorrent::entry& shoal, const std::string& rack);
/// Empty where the peer names none, or one longer than any that we send. Points into the message.
std::string_view of(const libtorrent::bdecode_node& shoal);

}  // namespace shoal::client::rack_key
