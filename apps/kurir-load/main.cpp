// SPDX-License-Identifier: Apache-2.0
// kurir-load: an open-loop load generator with an end-to-end ledger.
#include "kurir-load/null_sink.hpp"
#include "kurir-load/options.hpp"
#include "kurir-load/report.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <sys/resource.h>

namespace {

using namespace kurir_load;

enum Exit : int { ok = 0, failed = 1, wrong_usage = 2 };

// Of all threads but the kernel's work for others.
double own_cpu_seconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

asio::awaitable<std::optional<Sample>> look_if_named(http::Client& client, std::string url)
{
    if (url.empty()) co_return std::nullopt;
    const auto sample = co_await look(client, url);
    if (!sample) {
        std::fprintf(stderr, "kurir-load: %s: %s\n", url.c_str(), sample.error().text().c_str());
        co_return std::nullopt;
    }
    co_return *sample;
}

asio::awaitable<base::Result<>>
measure(Generator& generator, const Options& options, http::Client& plain, Report& report)
{
    const auto prepared = co_await generator.prepare();
    if (!prepared) co_return prepared.error();
    report.to.before = co_await look_if_named(plain, options.to.metrics);
    report.from.before = co_await look_if_named(plain, options.from.metrics);
    const auto cpu = own_cpu_seconds();
    co_await generator.run();
    report.own_cpu = own_cpu_seconds() - cpu;
    report.to.after = co_await look_if_named(plain, options.to.metrics);
    report.from.after = co_await look_if_named(plain, options.from.metrics);
    report.run = generator.result();
    co_return base::Result<>();
}

int told(const base::Error& error)
{
    std::fprintf(stderr, "kurir-load: %s\n", error.text().c_str());
    return failed;
}

int run(Options options)
{
    auto document = Template::read(options.document, options.size);
    if (!document) return told(document.error());
    Report report;
    report.document_octets = document->size();
    report.target = options.null ? "null sink, plain HTTP" : "two access points";
    std::unique_ptr<NullSink> sink;
    if (options.null) {
        auto started = NullSink::start();
        if (!started) return told(started.error());
        sink = std::move(*started);
        options.to = options.from = {sink->url(), {}, {}, {}};
    }
    asio::io_context io(1);
    auto to = Service::make(io.get_executor(), options.to, options.plan.concurrency);
    if (!to) return told(to.error());
    auto from = Service::make(io.get_executor(), options.from, options.plan.fetchers + 1);
    if (!from) return told(from.error());
    const auto plain = http::Client::make(io.get_executor(), nullptr, {});
    Generator generator(io.get_executor(), options.plan, std::move(*document), *to, *from);

    std::optional<base::Result<>> outcome;
    const auto finish = [&](std::exception_ptr failure, base::Result<> result) {
        if (failure) std::rethrow_exception(failure); // out of run(), to main
        outcome = std::move(result);
        io.stop(); // kept connections are nothing to wait for
    };
    asio::co_spawn(io, measure(generator, options, *plain, report), finish);
    io.run();
    if (!*outcome) return told(outcome->error());
    const auto text =
        options.json ? boost::json::serialize(to_json(report)) + "\n" : to_text(report);
    std::fputs(text.c_str(), stdout);
    return report.run.balance.holds() ? ok : failed;
}

} // namespace

int main(int count, char** words)
{
    const std::vector<std::string> all(words + 1, words + count);
    if (std::ranges::find(all, "--help") != all.end()) return std::fputs(usage, stdout) < 0;
    if (std::ranges::find(all, "--version") != all.end())
        return std::puts("kurir-load " KURIR_VERSION) < 0;
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c): cannot fail for SIGPIPE
    try {
        const auto options = read_options(all);
        if (!options) {
            std::fprintf(
                stderr, "kurir-load: %s\nSee kurir-load --help.\n", options.error().detail.c_str()
            );
            return wrong_usage;
        }
        return run(*options);
    } catch (const std::exception& bug) {
        std::fprintf(stderr, "kurir-load: %s\n", bug.what());
        return failed;
    }
}
