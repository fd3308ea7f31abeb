#include "common/display_width.hpp"

#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <charconv>
#include <cstdlib>

#include "common/printable.hpp"

namespace shoal {
namespace {

/// wcwidth(3) follows the calling thread's locale, and the programs never set one.
class Utf8Locale {
  public:
    Utf8Locale() {
        static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr));
        if (utf8 != static_cast<locale_t>(nullptr)) before_ = ::uselocale(utf8);
    }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;
    ~Utf8Locale() {
        if (before_ != static_cast<locale_t>(nullptr)) ::uselocale(before_);
    }

  private:
    locale_t before_ = static_cast<locale_t>(nullptr);
};

/// Of the character at the front of `text`, which is advanced past it.
std::size_t take_width(std::string_view& text) {
    const std::uint32_t c = take_code_point(text);
    if (c < 0x80 || c == kNoCodePoint) return 1;
    const int width = ::wcwidth(static_cast<wchar_t>(c));
    return width < 0 ? 1 : static_cast<std::size_t>(width);  // unknown to this system: most are of one column
}

}  // namespace

std::size_t display_width(std::string_view text) {
    const Utf8Locale locale;
    std::size_t columns = 0;
    while (!text.empty()) columns += take_width(text);
    return columns;
}

std::string_view front_columns(std::string_view text, std::size_t columns) {
    const Utf8Locale locale;
    std::string_view rest = text;
    std::size_t used = 0;
    while (!rest.empty()) {
        const std::string_view before = rest;
        used += take_width(rest);
        if (used > columns) return text.substr(0, text.size() - before.size());
    }
    return text;
}

std::string fit(std::string_view text, std::size_t columns) {
    std::string clean = printable(text);
    if (display_width(clean) <= columns) return clean;
    if (columns == 0) return {};
    return std::string(front_columns(clean, columns - 1)) + "…";
}

std::size_t terminal_columns(int file_descriptor) {
    winsize size{};
    if (::ioctl(file_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char* columns = std::getenv("COLUMNS");
    if (columns == nullptr) return 0;
    const std::string_view text(columns);
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}

}  // namespace shoal
