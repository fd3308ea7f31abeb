#pragma once

#include <boost/system/error_code.hpp>
#include <string_view>

namespace shoal::http {

/// The status for a request that could not be parsed: 400, 413 or 431.
int refusal_status(const boost::system::error_code& code);

/// What the answer's body says.
std::string_view refusal_text(int status);

}  // namespace shoal::http
