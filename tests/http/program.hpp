// SPDX-License-Identifier: Apache-2.0
// A server that is somebody else's program, for as long as the test needs it.
#pragma once

#include "loop.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

bool is_installed(const std::string& program);

class Program {
public:
    // Starts it and waits until it listens on that port of 127.0.0.1. The words are the command's;
    // "PORT" in one becomes the port.
    Program(Loop& loop, std::vector<std::string> words, std::uint16_t port);
    Program(Loop& loop, std::vector<std::string> words); // on a free one
    Program(const Program&) = delete;
    ~Program(); // kills it

    std::uint16_t port() const { return port_; }

private:
    std::uint16_t port_;
    ::pid_t process_ = 0;
};
