#pragma once

namespace shoal::torrentgen {

/// The whole program: parses, runs, returns the exit code.
int run_app(int argc, char** argv);

}  // namespace shoal::torrentgen
