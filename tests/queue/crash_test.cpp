// SPDX-License-Identifier: Apache-2.0
#include "opened.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

using namespace queue;

// A child works and reports each completion over a pipe; it is killed somewhere; what it reported
// must be there.

namespace {

void report(int pipe, char what, const std::string& id)
{
    const auto line = what + id + "\n";
    if (::write(pipe, line.data(), line.size()) < 0) ::_exit(1);
}

// Submits, sends, receives, leases and acknowledges until it is killed; large and small payloads in
// turn.
[[noreturn]] void work(const base::Path& folder, int pipe, const std::string& run)
{
    auto opened = Queue::open({.folder = folder}, [](const base::Error&) { ::_exit(3); });
    if (!opened) ::_exit(2);
    auto& queue = *opened;
    for (int n = 0;; ++n) {
        const auto name = run + "-" + std::to_string(n);
        auto out = outbound(name);
        auto in = inbound(name);
        if (n % 4 == 0) in.parts.push_back(large_part(queue, std::string(70'000, 'y')));
        queue.accept(std::move(in), [=](const auto& done) {
            if (done) report(pipe, 'r', done->id);
        });
        queue.enqueue(std::move(out), [=](const auto& done) {
            if (done) report(pipe, 'q', done->id);
        });
        const auto jobs = claim(queue, claim_by(run, 1, 1));
        if (jobs && !jobs->empty()) {
            const auto& id = jobs->front().id;
            Settlement delivered{
                .id = id, .state = State::delivered, .at = at(2), .receipt = "receipt"
            };
            if (settle(queue, run, delivered)) report(pipe, 'd', id);
        }
        const auto items = lease(queue, lease_of("participant-b", 1, 1));
        if (items && !items->empty()) {
            const auto& item = items->front();
            if (acknowledge(queue, item.id, item.lease, "participant-b"))
                report(pipe, 'a', item.id);
        }
    }
}

struct Moment {
    std::size_t reports = 0; // after so many
    int microseconds = 0;    // and so much time
};

std::vector<std::string>
run_until_killed(const base::Path& folder, const std::string& run, Moment moment)
{
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(ends[0]);
        work(folder, ends[1], run);
    }
    ::close(ends[1]);
    std::string text;
    bool killed = false;
    while (true) {
        if (!killed && std::count(text.begin(), text.end(), '\n') >=
                           static_cast<std::ptrdiff_t>(moment.reports)) {
            ::usleep(static_cast<useconds_t>(moment.microseconds)
            ); // when to kill, not what to wait for
            ::kill(child, SIGKILL);
            killed = true;
        }
        std::array<char, 4096> buffer{};
        const auto got = ::read(ends[0], buffer.data(), buffer.size());
        if (got <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    std::vector<std::string> lines;
    for (std::size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos;
         start = end + 1)
        lines.push_back(text.substr(start, end - start));
    return lines;
}

bool holds(const Message& message, char reported)
{
    const auto state = message.summary.state;
    if (reported == 'd') return state == State::delivered && message.receipt == "receipt";
    if (reported == 'a') return state == State::acknowledged;
    if (reported == 'r') return message.receipt == "receipt for form 1" && !message.parts.empty();
    return message.parts.size() == 1;
}

} // namespace

TEST_CASE("whatever was said to be kept is there after kill -9 at any moment", "[queue]")
{
    const support::TemporaryFolder folder;
    std::mt19937 random(20261122); // the same moments each time, as far as the machine allows
    std::uniform_int_distribution<std::size_t> reports(0, 30);
    std::uniform_int_distribution<int> microseconds(0, 5'000);
    std::vector<std::string> reported;
    for (int kill = 0; kill < 24; ++kill) {
        // Some are killed while they open the store.
        const Moment moment{
            .reports = kill % 5 == 0 ? 0 : reports(random), .microseconds = microseconds(random)
        };
        const auto lines = run_until_killed(folder.path(), std::to_string(kill), moment);
        reported.insert(reported.end(), lines.begin(), lines.end());

        Opened store(folder.path());
        CHECK(base::list_folder(folder.path() / "spool")->empty());
        std::size_t missing = 0;
        for (const auto& line : lines) {
            const auto message = store.queue.find(line.substr(1), queue::Visibility::all());
            if (!message || !holds(*message, line[0])) ++missing;
            if (!message) continue;
            for (std::size_t n = 0; n < message->parts.size(); ++n) {
                const auto content =
                    store.queue.payload(message->summary.id, n, queue::Visibility::all());
                if (!content || !base::ContentReader::open(*content)) ++missing;
            }
        }
        CHECK(missing == 0);
    }
    // A test in which nothing happened would prove nothing.
    CHECK(reported.size() > 100);
    Opened store(folder.path());
    std::size_t missing = 0;
    for (const auto& line : reported)
        if (const auto message = store.queue.find(line.substr(1), queue::Visibility::all());
            !message)
            ++missing;
    CHECK(missing == 0);
}
