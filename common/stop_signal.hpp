#pragma once

#include <chrono>

namespace shoal {

/// Turns SIGINT and SIGTERM into a flag that loops can poll or wait on. The first signal asks for a clean
/// stop; a second one ends the process at once, for a user who will not wait. One object a process, made at
/// the start of a command before it starts threads.
class StopSignal {
  public:
    StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;
    ~StopSignal();

    [[nodiscard]] bool requested() const;
    /// Returns at once where a stop is or becomes requested; true then.
    bool wait_for(std::chrono::milliseconds timeout) const;
    /// Readable once a stop was requested; for event loops.
    [[nodiscard]] int file_descriptor() const;
    /// As if the signal had come: how tests and other threads ask for the stop.
    void request();
};

}  // namespace shoal
