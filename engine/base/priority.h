#pragma once

namespace tessera {

/// Lets the calling thread give way to the process's other threads for as long as it lives, and the threads that it
/// starts: 10 more of Linux's nice value, which holds for one thread (setpriority(2)). Nothing where that is refused.
void give_way();

}  // namespace tessera
