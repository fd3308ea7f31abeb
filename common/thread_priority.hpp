#pragma once

namespace shoal {

/// Lets the calling thread give way to the program's other threads where they want the same processor (nice
/// 5: a quarter of it). For work behind the scenes whose length a client that waits for an answer should not
/// feel.
void run_behind_others();

}  // namespace shoal
