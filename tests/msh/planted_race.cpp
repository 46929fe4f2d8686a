// SPDX-License-Identifier: Apache-2.0
// A deliberate race in `msh`: two threads count in the counters, which belong to the I/O thread.
// Built only with the thread sanitizer, which has to report it; otherwise its silence about the
// other programs would mean nothing.
#include "msh/counters.hpp"

#include <thread>

int main()
{
    msh::Counters counters;
    std::thread stranger([&] { counters.delivery.add(std::chrono::seconds(1)); });
    counters.delivery.add(std::chrono::seconds(2));
    stranger.join();
}
