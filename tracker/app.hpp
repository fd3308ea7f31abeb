#pragma once

namespace shoal::tracker {

/// The whole program: parses, runs, returns the exit code.
int run_app(int argc, char** argv);

}  // namespace shoal::tracker
