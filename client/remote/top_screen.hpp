#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "client/remote/torrent_row.hpp"

namespace shoal::remote {

/// Of a terminal, in characters; 0 is no bound.
struct ScreenSize {
    std::size_t columns = 0;
    std::size_t rows = 0;
};

/// One screen of `shoal top`: a line of totals, then the torrents with a bar each, the busiest first, then
/// the unfinished, then the rest; as many as fit. Every line ends with the code that clears what was behind
/// it where the screen has bounds. @param silent  hosts that do not answer, named in the first line
std::string top_screen(std::vector<TorrentRow> rows, ScreenSize size,
                       const std::vector<std::string>& silent = {});

}  // namespace shoal::remote
