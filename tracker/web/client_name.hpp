#pragma once

#include <string>

#include "tracker/model/id.hpp"

namespace shoal::tracker {

/// The program behind a peer id of the usual form "-TR3000-..." (BEP 20): "Transmission 3.0.0.0"; empty for
/// other forms.
std::string client_name(const PeerId& id);

}  // namespace shoal::tracker
