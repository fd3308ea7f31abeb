#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text as a terminal counts it: CJK letters and most emoji take two columns, combining marks none.
namespace shoal {

/// Columns of `text`, which is UTF-8 without control characters (see printable).
std::size_t display_width(std::string_view text);

/// What fits `columns` of the front of `text`; a letter of two columns is never halved.
std::string_view front_columns(std::string_view text, std::size_t columns);

/// At most `columns` wide, the last one "…" where something was cut. The words of strangers are made
/// printable.
std::string fit(std::string_view text, std::size_t columns);

/// Of the terminal behind `file_descriptor`. Where it is none, what COLUMNS in the environment says; 0
/// without either: as wide as it gets.
std::size_t terminal_columns(int file_descriptor);

}  // namespace shoal
