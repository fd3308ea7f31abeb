#pragma once

namespace shoal::daemon {

/// Turns SIGHUP into a flag that an event loop can wait on. One object a process, made before threads start.
class ReloadSignal {
  public:
    ReloadSignal();
    ReloadSignal(const ReloadSignal&) = delete;
    ReloadSignal& operator=(const ReloadSignal&) = delete;
    ~ReloadSignal();

    /// Readable once a signal has come.
    [[nodiscard]] int file_descriptor() const;
    /// Whether one has come since the last call.
    bool take();
};

}  // namespace shoal::daemon
