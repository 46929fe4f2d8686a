// SPDX-License-Identifier: Apache-2.0
// How fast messages came out while others went in, once both run: without the start, when what goes
// in has not come out yet.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace kurir_load {

class Pace {
public:
    using Time = std::chrono::duration<double>;

    // So many had come out by then; never less or earlier than before.
    void note(Time elapsed, std::uint64_t arrived);
    Time length() const; // until the last note
    double rate() const; // a second, from the end of the first quarter on; 0: nothing to tell

private:
    struct Note {
        Time elapsed;
        std::uint64_t arrived = 0;
    };
    std::vector<Note> notes_; // the first, one for each second, the last
};

} // namespace kurir_load
