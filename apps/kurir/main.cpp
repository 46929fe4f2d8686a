// SPDX-License-Identifier: Apache-2.0
// kurir: the operator's command line over the daemon's admin socket. Parses the words and runs one
// command.
#include "kurir/commands.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string_view>

namespace kurir {

std::optional<std::string> Words::option(std::string_view name) const
{
    const auto found = options.find(name);
    if (found == options.end()) return std::nullopt;
    return found->second;
}

std::vector<std::string> Words::values(std::string_view name) const
{
    std::vector<std::string> all;
    const auto [first, end] = options.equal_range(name);
    // A multimap keeps equal keys in the order of insertion, which is that of the command line.
    for (auto each = first; each != end; ++each)
        all.push_back(each->second);
    return all;
}

} // namespace kurir

namespace {

using namespace kurir;

struct Command {
    std::string_view name;
    std::size_t arguments;
    std::vector<std::string_view> options;
    int (*run)(AdminClient&, const Words&);
    const char* help;
    std::size_t min = arguments; // lower if options can replace arguments; run() checks that
};

const std::vector<Command> commands = {
    {"status",
     0,
     {"--late"},
     status,
     "status [--late TIME]\n"
     "    Version, counts and peers. Exit 1 if a message has waited longer than TIME (1h), or is "
     "stuck.\n"},
    {"peers",
     0,
     {},
     peers,
     "peers\n"
     "    The destinations: circuit breaker (open: taken for down, one message at a time tries "
     "it), "
     "paused or\n"
     "    drained, exchanges running of those it may have, not before when, last failure.\n"},
    {"pause",
     1,
     {"--all", "--reason"},
     pause,
     "pause PEER|--all [--reason TEXT]\n"
     "    Sends nothing more there; what is submitted is taken and kept. Holds over restarts.\n",
     0},
    {"drain",
     1,
     {"--all", "--reason"},
     drain,
     "drain PEER|--all [--reason TEXT]\n"
     "    Sends what is queued and takes no more submissions for it; with --all nothing at any "
     "door (503).\n",
     0},
    {"resume",
     1,
     {"--all", "--reason"},
     resume,
     "resume PEER|--all [--reason TEXT]\n"
     "    Ends a pause or a drain.\n",
     0},
    {"flush",
     1,
     {"--all"},
     flush,
     "flush PEER|--all\n"
     "    Tries now what would wait for its next try, and a peer that was taken for down.\n",
     0},
    {"queue",
     0,
     {"--stuck", "--direction", "--state", "--participant", "--limit", "--before"},
     queue,
     "queue [--direction outbound|inbound] [--state STATE] [--participant ID] [--limit N] "
     "[--before N]\n"
     "    The messages, newest first. States: queued sending deferred delivered unproven bounced "
     "expired;\n"
     "    received leased acknowledged refused answered (a ping).\n"
     "kurir queue --stuck\n"
     "    Those that have waited too long for somebody, longest first. Exit 1 if there are any.\n"
     "    WHY: overdue = its peer is paused or down; lapsed = who worked on it did not come back;\n"
     "    unfetched = no message service asked for it; no_peer = its peer is configured no "
     "more;\n"
     "    certificate = an expired or not yet valid certificate holds it, see kurir peers.\n"},
    {"show",
     1,
     {},
     show,
     "show ID\n"
     "    The story of one message, by our id or its MessageId: state, attempts, receipt and who "
     "signed it.\n"},
    {"send",
     1,
     {"--payload", "--from", "--to", "--peer", "--service", "--service-type", "--action",
      "--property", "--conversation", "--ref", "--message-id", "--key", "--time-to-live"},
     send,
     "send FILE [--time-to-live TIME]\n"
     "    Submits an XHE document.\n"
     "kurir send (--from ID --to ID | --peer NAME) [--service VALUE] [--service-type TYPE] "
     "[--action VALUE]\n"
     "           [--payload FILE[,mime=TYPE][,id=CONTENT-ID][,charset=NAME][,plain]]... "
     "[--property NAME=VALUE[,type=TYPE]]...\n"
     "           [--conversation ID] [--ref MESSAGE-ID] [--message-id ID] [--key KEY] "
     "[--time-to-live TIME]\n"
     "    Submits payloads for any network, the leading document first; plain = not compressed. "
     "What "
     "is left out\n"
     "    comes from the P-Mode, where that fixes it. With the same --key a repeat is safe.\n",
     0},
    {"ping",
     1,
     {"--timeout"},
     ping,
     "ping PEER [--timeout TIME]\n"
     "    Sends a test message now, once, and tells the verdict. Exit 1 if no receipt proves it "
     "within TIME (30s).\n"},
    {"backup",
     1,
     {},
     backup,
     "backup DIR\n"
     "    Has kurird put a consistent copy of its store into the new folder DIR, which kurird must "
     "be "
     "able to\n"
     "    make, while it works on; waits for its end. Back again: kurird --restore DIR.\n"},
    {"inbox",
     0,
     {"--participant", "--state", "--limit", "--before", "--fetch", "--part", "--out"},
     inbox,
     "inbox [--participant ID] [--state STATE] [--limit N] [--before N]\n"
     "kurir inbox --fetch ID [--part N] [--out FILE]\n"
     "    What was received, without leasing it; with --fetch a payload, to a new FILE or to "
     "standard output.\n"},
    {"metrics",
     0,
     {},
     metrics,
     "metrics\n"
     "    What the service counts and measures, in Prometheus' text format.\n"},
};

void print_help(std::FILE* to)
{
    std::fputs("Usage: kurir [--socket PATH] [--json] COMMAND ...\n\n", to);
    for (const auto& command : commands)
        std::fprintf(to, "kurir %s", command.help);
    std::fputs(
        "\n"
        "  --socket PATH  the daemon's admin socket (default: $KURIR_SOCKET, else "
        "/run/kurir/admin.sock)\n"
        "  --json         kurird's answer as JSON, its problems too\n"
        "  --help, --version\n"
        "\n"
        "Exit codes: 0 done and well, 1 failed or a problem was found, 2 wrong usage, 3 kurird "
        "cannot be reached.\n",
        to
    );
}

int wrong_usage(const std::string& what)
{
    std::fprintf(stderr, "kurir: %s\nSee kurir --help.\n", what.c_str());
    return usage;
}

struct CommandLine {
    const Command* command = nullptr;
    Words words;
    std::string socket;
    Form form = Form::text;
    std::string mistake;
};

// True for an option without a value.
bool is_flag(std::string_view word)
{
    return word == "--all" || word == "--stuck";
}

// Reads one word and, for an option with a value, also the value. Returns false if the value is
// missing.
bool read_word(CommandLine& line, const std::vector<std::string>& all, std::size_t& at)
{
    const auto& word = all[at];
    if (word == "--json") {
        line.form = Form::json;
        return true;
    }
    if (word.starts_with("--")) {
        if (is_flag(word)) {
            line.words.options.emplace(word, "");
            return true;
        }
        if (++at == all.size()) return false;
        if (word == "--socket")
            line.socket = std::filesystem::absolute(all[at]);
        else
            line.words.options.emplace(word, all[at]);
        return true;
    }
    if (line.command) {
        line.words.arguments.push_back(word);
        return true;
    }
    const auto found = std::ranges::find(commands, word, &Command::name);
    if (found == commands.end())
        line.mistake = "there is no command " + word;
    else
        line.command = &*found;
    return true;
}

bool may_repeat(std::string_view option)
{
    return option == "--payload" || option == "--property";
}

CommandLine read_command_line(const std::vector<std::string>& all)
{
    CommandLine line;
    const char* socket = std::getenv("KURIR_SOCKET");
    line.socket =
        socket && *socket ? std::filesystem::absolute(socket).string() : "/run/kurir/admin.sock";
    for (std::size_t i = 0; i < all.size() && line.mistake.empty(); ++i) {
        const auto& word = all[i];
        if (!read_word(line, all, i)) line.mistake = word + " needs a value";
    }
    if (!line.mistake.empty()) return line;
    if (!line.command) {
        line.mistake = "a command is missing";
        return line;
    }
    const auto& allowed = line.command->options;
    for (const auto& [name, value] : line.words.options) {
        if (std::ranges::find(allowed, name) == allowed.end())
            line.mistake = std::string(line.command->name) + " does not take " + name;
        else if (!may_repeat(name) && line.words.options.count(name) > 1)
            line.mistake = name + " is there twice";
    }
    const auto given = line.words.arguments.size();
    if (given > line.command->arguments || given < line.command->min)
        line.mistake = std::string(line.command->name) + " takes " +
                       std::to_string(line.command->arguments) + " argument(s)";
    return line;
}

} // namespace

int main(int count, char** words)
{
    const std::vector<std::string> all(words + 1, words + count);
    const auto asked = [&](const char* word) { return std::ranges::find(all, word) != all.end(); };
    if (asked("--help") || asked("-h")) {
        print_help(stdout);
        return ok;
    }
    if (asked("--version")) return std::puts("kurir " KURIR_VERSION) < 0 ? failed : ok;
    const auto line = read_command_line(all);
    if (!line.mistake.empty()) return wrong_usage(line.mistake);
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c): cannot fail for SIGPIPE
    try {
        AdminClient admin(line.socket, line.form);
        return line.command->run(admin, line.words);
    } catch (const std::exception& bug) {
        std::fprintf(stderr, "kurir: %s\n", bug.what());
        return failed;
    }
}
