// SPDX-License-Identifier: Apache-2.0
// A deliberate race in `queue`: calls that belong to the writer's thread come from two threads.
// Built only with the thread sanitizer, which has to report it; otherwise its silence about the
// other programs would mean nothing.
#include "queue/obstacles.hpp"

#include <thread>

int main()
{
    queue::Obstacles obstacles("planted.db", 1);
    std::thread stranger([&] { obstacles.unlocked(); });
    obstacles.lock_begins();
    stranger.join();
}
