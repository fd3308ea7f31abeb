#pragma once

#include <string_view>

namespace shoal::tracker {

/// Why a request is not answered, for the `failure reason` of a bencoded answer or a UDP error.
struct Failure {
    std::string_view reason;  ///< static text
    /// Minutes after which to try again (BEP 31); 0: the same request can never work ("never").
    unsigned retry_in_minutes = 0;
};

}  // namespace shoal::tracker
