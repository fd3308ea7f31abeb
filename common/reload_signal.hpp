#pragma once

namespace shoal {

/// Turns SIGHUP into a flag: "read your files again". One object a process, made before it starts threads.
/// The signal also wakes StopSignal::wait_for.
class ReloadSignal {
  public:
    ReloadSignal();
    ReloadSignal(const ReloadSignal&) = delete;
    ReloadSignal& operator=(const ReloadSignal&) = delete;
    ~ReloadSignal();

    /// True once for one signal, or for several that came together.
    bool take();
};

}  // namespace shoal
