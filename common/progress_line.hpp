#pragma once

#include <string>
#include <string_view>

namespace shoal {

/// One line on standard error that is drawn over itself. Draws nothing unless standard error is a terminal,
/// so logs and pipes never see it.
class ProgressLine {
  public:
    /// @param wanted  false (say, with --json or --quiet) keeps it silent even on a terminal
    explicit ProgressLine(bool wanted = true);
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine();

    [[nodiscard]] bool enabled() const { return enabled_; }
    /// `text` is cut to the terminal's width.
    void draw(std::string_view text);
    /// Erases the line, so that ordinary output can follow.
    void clear();

  private:
    bool enabled_;
    bool drawn_ = false;
};

/// "[#######-------]": `fraction` of `width` cells, brackets not counted.
std::string progress_bar(double fraction, int width);

}  // namespace shoal
