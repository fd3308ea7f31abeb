#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/display_width.hpp"

namespace shoal::remote {

/// Rows of text as columns that keep to a width: first the columns that may shrink do, then the least
/// important ones are left out, and what is still too long is cut. No line is ever wider.
class Table {
  public:
    enum class Align { kLeft, kRight };
    struct Column {
        std::string title;
        Align align = Align::kLeft;
        std::size_t least = 0;  ///< may be cut to this many columns of the terminal; 0: it may not
        int dispensable = 0;    ///< the higher, the sooner it is left out; 0: never
    };

    /// The last column may always be cut.
    explicit Table(std::vector<Column> columns);

    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    /// @param width  in columns of the terminal; 0: as wide as it gets
    [[nodiscard]] std::string text(std::size_t width) const;

  private:
    [[nodiscard]] std::string line(const std::vector<std::string>& cells,
                                   const std::vector<std::size_t>& widths,
                                   const std::vector<std::size_t>& shown) const;

    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Of standard output, or as COLUMNS says; 0: no bound.
std::size_t terminal_width();

}  // namespace shoal::remote
