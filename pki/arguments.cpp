// SPDX-License-Identifier: Apache-2.0
// Parses the command line strictly: options that a command does not know are refused, not ignored.
#include "pki/arguments.hpp"

#include "base/errors.hpp"
#include "pki/issue.hpp"

#include <algorithm>
#include <charconv>

namespace pki {
namespace {

struct Command {
    std::string_view name;
    std::vector<std::string_view> options;
};

const std::vector<Command>& commands()
{
    static const std::vector<Command> all = {
        {"init", {}},
        {"access-point", {"--out", "--bits", "--days", "--expired"}},
        {"tls", {"--out", "--host", "--days", "--expired"}},
        {"client", {"--out", "--days", "--expired"}},
    };
    return all;
}

base::Error misuse(std::string text)
{
    return base::Error(base::errc::bad_format, std::move(text));
}

int number(const std::string& text)
{
    int value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc() && end == text.data() + text.size() ? value : -1;
}

base::Result<> take_value(Arguments& arguments, const std::string& option, const std::string& value)
{
    if (option == "--out") {
        if (value.empty()) return misuse("--out needs a folder");
        arguments.out = value;
    } else if (option == "--host") {
        if (!is_host(value)) return misuse("not a host name or address: " + value);
        arguments.hosts.push_back(value);
    } else if (option == "--bits") {
        arguments.bits = number(value);
        const bool known =
            arguments.bits == 2048 || arguments.bits == 3072 || arguments.bits == 4096;
        if (!known) return misuse("--bits is 2048, 3072 or 4096, not " + value);
    } else {
        arguments.days = number(value);
        if (arguments.days < 1 || arguments.days > 3650)
            return misuse("--days is 1 to 3650, not " + value);
    }
    return {};
}

base::Result<> check_complete(const Arguments& arguments, std::size_t positions)
{
    const bool init = arguments.command == "init";
    const std::size_t wanted = init ? 1 : 2;
    if (positions < wanted) {
        return misuse(arguments.command + (init ? " needs DIR" : " needs DIR and NAME"));
    }
    if (positions > wanted) return misuse("too many arguments for " + arguments.command);
    if (arguments.folder.empty()) return misuse("DIR is empty");
    if (init) return {};
    // [RFC 5280 A.1] ub-common-name allows at most 64 characters.
    if (arguments.name.empty() || arguments.name.size() > 64)
        return misuse("NAME has 1 to 64 octets");
    if (arguments.out.empty()) return misuse(arguments.command + " needs --out FOLDER");
    if (arguments.command == "tls" && arguments.hosts.empty())
        return misuse("tls needs --host HOST");
    return {};
}

} // namespace

base::Result<Arguments> parse_arguments(const std::vector<std::string>& words)
{
    Arguments arguments;
    arguments.help = std::find(words.begin(), words.end(), "--help") != words.end();
    if (arguments.help) return arguments;
    if (words.empty()) return misuse("which command? init, access-point, tls or client");
    const auto command =
        std::find_if(commands().begin(), commands().end(), [&](const Command& known) {
            return known.name == words.front();
        });
    if (command == commands().end()) return misuse("unknown command: " + words.front());
    arguments.command = words.front();

    std::size_t positions = 0;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (!word.starts_with("-")) {
            if (positions == 0) arguments.folder = word;
            if (positions == 1) arguments.name = word;
            ++positions;
            continue;
        }
        if (std::find(command->options.begin(), command->options.end(), word) ==
            command->options.end()) {
            return misuse("unknown option of " + arguments.command + ": " + word);
        }
        if (word == "--expired") {
            arguments.expired = true;
            continue;
        }
        if (++i == words.size()) return misuse(word + " needs a value");
        const auto taken = take_value(arguments, word, words[i]);
        if (!taken) return taken.error();
    }
    const auto complete = check_complete(arguments, positions);
    if (!complete) return complete.error();
    return arguments;
}

} // namespace pki
