// SPDX-License-Identifier: Apache-2.0
// Starting a program and waiting until it can be connected to.
#include "program.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

bool is_installed(const std::string& program)
{
    return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

Program::Program(Loop& loop, std::vector<std::string> words)
    : Program(loop, std::move(words), RawServer(loop).port())
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
    loop.turn_until([&] {
        try {
            Raw(loop, port_).close();
            return true;
        } catch (const std::runtime_error&) {
            return false;
        }
    });
}

Program::~Program()
{
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}
