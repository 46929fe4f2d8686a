// SPDX-License-Identifier: Apache-2.0
// Starting a program and waiting until it listens.
#include "program.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iomanip>
#include <spawn.h>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace {

// By the system's table: a connection made to find out would be a peer that says nothing.
bool is_listened_on(std::uint16_t port)
{
    std::ostringstream wanted;
    wanted << ':' << std::hex << std::uppercase << std::setw(4) << std::setfill('0') << port;
    std::ifstream table("/proc/net/tcp");
    std::string number;
    std::string local;
    std::string remote;
    std::string state;
    for (std::string line; std::getline(table, line);) {
        std::istringstream words(line);
        words >> number >> local >> remote >> state;
        if (local.ends_with(wanted.str()) && state == "0A") return true;
    }
    return false;
}

std::uint16_t free_port(Loop& loop)
{
    return RawServer(loop).port(); // which is closed before the port is used
}

} // namespace

bool is_installed(const std::string& program)
{
    return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

Program::Program(Loop& loop, std::vector<std::string> words)
    : Program(loop, std::move(words), free_port(loop))
{
}

Program::Program(Loop& loop, std::vector<std::string> words, std::uint16_t port) : port_(port)
{
    std::vector<char*> arguments;
    for (auto& word : words) {
        const auto at = word.find("PORT");
        if (at != std::string::npos) word.replace(at, 4, std::to_string(port_));
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    ::posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    // Standard input stays open and silent: some servers end with it.
    ::posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    const int failed =
        ::posix_spawnp(&process_, arguments[0], &files, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (failed != 0) throw std::runtime_error("cannot start " + words[0]);
    loop.turn_until([&] { return is_listened_on(port_); });
}

Program::~Program()
{
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}
