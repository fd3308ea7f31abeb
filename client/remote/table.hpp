#pragma once

#include <string>
#include <vector>

namespace shoal::remote {

/// Rows of text as columns: the last column takes what is left of the width and is cut there.
class Table {
  public:
    enum class Align { kLeft, kRight };
    struct Column {
        std::string title;
        Align align = Align::kLeft;
    };

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    /// @param width  in characters; 0: as wide as it gets
    [[nodiscard]] std::string text(std::size_t width) const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Characters as a terminal counts most of them: code points of UTF-8.
std::size_t display_width(const std::string& text);
/// At most `width` characters, the last one "…" where something was cut. Control characters become '?': the
/// names come from strangers.
std::string fit(const std::string& text, std::size_t width);
/// Of standard output; 0 where it is not a terminal.
std::size_t terminal_width();

}  // namespace shoal::remote
