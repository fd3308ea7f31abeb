#pragma once

#include <string_view>

namespace shoal::tracker {

/// The page at /: page.html, one file without a request to anywhere else.
std::string_view page_html();

}  // namespace shoal::tracker
