#pragma once

#include <string>

namespace shoal::doctor {

/// What one look at the machine or its network found.
struct Check {
    enum class State { kOk, kWarn, kFail };
    std::string name;  ///< "disk space"
    State state = State::kOk;
    std::string found;   ///< what is so, with numbers
    std::string advice;  ///< what to do about it; empty where all is well
};

}  // namespace shoal::doctor
