// SPDX-License-Identifier: Apache-2.0
// kurird: the access point daemon. Reads its command line and configuration, closes the process to
// onlookers, runs.
#include "kurird/config.hpp"
#include "kurird/daemon.hpp"
#include "kurird/load.hpp"
#include "kurird/restore.hpp"
#include "msh/judgements.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <malloc.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace {

constexpr const char* usage =
    "Usage: kurird [--config FILE] [--ready-file FILE]\n"
    "       kurird --check FILE\n"
    "       kurird --restore BACKUP [--config FILE]\n"
    "\n"
    "  --config FILE      the configuration (default: /etc/kurir/kurir.toml)\n"
    "  --check FILE       read a configuration and everything it names, say what it would do, and "
    "end:\n"
    "                     0 if it can run, 1 if not\n"
    "  --restore BACKUP   make the data folder of the configuration, which must have no store, as "
    "the "
    "backup\n"
    "                     (kurir backup) has it, and end; what was in flight then is marked\n"
    "  --ready-file FILE  write addresses and process id there, as JSON, once all doors listen\n"
    "  --judgements       print what follows each outcome of an attempt to send, as the manual has "
    "it\n"
    "  --version, --help\n"
    "\n"
    "SIGTERM and SIGINT stop it in order (node.shutdown_timeout). The log goes to stderr.\n";

struct Options {
    base::Path config = "/etc/kurir/kurir.toml";
    base::Path ready_file;
    base::Path restore;
    bool check = false;
};

std::optional<Options> read_options(int count, char** words)
{
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (i + 1 >= count) return std::nullopt; // each option has a value
        const char* value = words[++i];
        if (word == "--config" || word == "--check")
            options.config = value;
        else if (word == "--ready-file")
            options.ready_file = value;
        else if (word == "--restore")
            options.restore = value;
        else
            return std::nullopt;
        if (word == "--check") options.check = true;
    }
    return options;
}

// Files are ours alone, and memory with keys and messages in it is never written to disk (design
// 7).
void close_process()
{
    ::umask(077);
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c): cannot fail for SIGPIPE
}

// The doors take in every connection before they choose which ones to keep, and the usual soft
// limit of 1024 descriptors is less than they need under a flood.
void allow_descriptors()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Threads share heaps: what one of many threads frees is used by the others (DECISIONS 34).
void share_heaps()
{
    ::mallopt(M_ARENA_MAX, 2);
}

int start(const Options& options)
{
    const auto config = kurird::read_config(options.config);
    if (!config) {
        const bool read = config.error().code == base::errc::bad_format;
        const auto said = read ? config.error().detail : config.error().text();
        std::fprintf(stderr, "%s\n", said.c_str());
        return 1;
    }
    const auto loaded = kurird::load(*config, base::now());
    if (!loaded) {
        std::fprintf(stderr, "%s\n", loaded.error().detail.c_str());
        return 1;
    }
    if (options.check) {
        std::fputs(kurird::describe(*config, *loaded).c_str(), stdout);
        return 0;
    }
    base::set_log_level(config->log_level);
    if (!options.restore.empty()) return kurird::restore(*config, options.restore, base::now());
    return kurird::run(*config, *loaded, options.ready_file);
}

} // namespace

int main(int count, char** words)
{
    const std::string_view first = count > 1 ? words[1] : "";
    if (first == "--version") return std::puts("kurird " KURIR_VERSION) < 0;
    if (first == "--help") return std::fputs(usage, stdout) < 0;
    if (first == "--judgements") return std::fputs(msh::print_judgements().c_str(), stdout) < 0;
    const auto options = read_options(count, words);
    if (!options) {
        std::fputs(usage, stderr);
        return 2;
    }
    close_process();
    share_heaps();
    allow_descriptors();
    try {
        return start(*options);
    } catch (const std::exception& bug) {
        base::log(base::Level::error, "bug", {{"what", bug.what()}});
        return 1;
    }
}
