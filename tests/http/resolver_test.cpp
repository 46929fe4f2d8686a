// SPDX-License-Identifier: Apache-2.0
// Look-ups by a function of the test, some of which do not end before they are told to.
#include "http/resolver.hpp"

#include "http/errc.hpp"
#include "loop.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <map>
#include <mutex>

using namespace std::chrono_literals;
using http::Addresses;
using http::Resolver;

namespace {

const auto loopback = asio::ip::make_address("127.0.0.1");

// Names whose look-up ends only when it is let go, and all others at once. What the threads use
// outlives the test by being shared.
struct Names {
    std::mutex lock;
    std::map<std::string, std::shared_future<void>> stalling;
    std::map<std::string, std::promise<void>> let_go;
    std::map<std::string, int> asked;
    std::atomic<int> running = 0;

    void stall(const std::string& host) { stalling[host] = let_go[host].get_future().share(); }
    base::Result<Addresses> look_up(const std::string& host)
    {
        std::shared_future<void> end;
        {
            const std::lock_guard held(lock);
            ++asked[host];
            if (stalling.contains(host)) end = stalling.at(host);
        }
        ++running;
        if (end.valid()) end.wait();
        --running;
        if (host == "nowhere.test") return base::Error(http::errc::cannot_resolve, "no such name");
        if (host == "empty.test") return Addresses();
        if (host == "broken.test") throw std::runtime_error("out of something");
        if (host == "many.test") return Addresses(100, loopback);
        return Addresses(1, loopback);
    }
    int times(const std::string& host)
    {
        const std::lock_guard held(lock);
        return asked[host];
    }
};

struct Bench {
    Loop loop;
    std::shared_ptr<Names> names = std::make_shared<Names>();
    Resolver resolver;

    explicit Bench(std::size_t max = Resolver::max_look_ups)
        : resolver([names = names](const std::string& host) { return names->look_up(host); }, max)
    {
    }
    ~Bench()
    {
        for (auto& [host, promise] : names->let_go)
            promise.set_value();
    }
    asio::awaitable<base::Result<Addresses>>
    resolving(std::string host, base::Duration limit = std::chrono::seconds(15))
    {
        return resolver.resolve(
            loop.io.get_executor(), std::move(host), http::Clock::now() + limit
        );
    }
    base::Result<Addresses> resolve(std::string host, base::Duration limit = 15s)
    {
        return loop.run(resolving(std::move(host), limit));
    }
    // Begins it and turns the loop until the name is being looked up.
    std::shared_ptr<std::optional<base::Result<Addresses>>>
    begin(const std::string& host, base::Duration limit = 15s)
    {
        auto answer = std::make_shared<std::optional<base::Result<Addresses>>>();
        asio::co_spawn(
            loop.io, resolving(host, limit),
            [answer](std::exception_ptr, base::Result<Addresses> got) { *answer = std::move(got); }
        );
        loop.turn_until([&] { return names->times(host) > 0; });
        return answer;
    }
};

} // namespace

TEST_CASE("an address needs no look-up", "[http]")
{
    Bench bench(0);
    CHECK(*bench.resolve("127.0.0.1") == Addresses{loopback});
    CHECK(*bench.resolve("::1") == Addresses{asio::ip::make_address("::1")});
    CHECK(bench.names->asked.empty());
}

TEST_CASE("a name has the addresses that the look-up found, at most eight", "[http]")
{
    Bench bench;
    CHECK(*bench.resolve("here.test") == Addresses{loopback});
    CHECK(bench.resolve("many.test")->size() == 8);
    for (const auto* host : {"nowhere.test", "empty.test", "broken.test"}) {
        const auto none = bench.resolve(host);
        REQUIRE_FALSE(none);
        CHECK(none.error().code == http::errc::cannot_resolve);
    }
}

TEST_CASE("a name that stalls delays no other, and costs those who ask their limit", "[http]")
{
    Bench bench;
    bench.names->stall("stalling.test");
    const auto first = bench.begin("stalling.test");
    CHECK(bench.resolve("here.test"));
    const auto second = bench.resolve("stalling.test", 20ms);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == http::errc::timeout_before);
    CHECK_FALSE(*first);
    CHECK(bench.names->times("stalling.test") == 1);

    bench.names->let_go.at("stalling.test").set_value();
    bench.names->let_go.clear();
    bench.loop.turn_until([&] { return first->has_value(); });
    CHECK(**first);
}

TEST_CASE("however many ask for a name, it is looked up once and all are told", "[http]")
{
    Bench bench;
    bench.names->stall("busy.test");
    std::vector<std::shared_ptr<std::optional<base::Result<Addresses>>>> answers;
    for (const auto* host : {"busy.test", "busy.test", "BUSY.test"}) {
        auto answer = std::make_shared<std::optional<base::Result<Addresses>>>();
        asio::co_spawn(
            bench.loop.io, bench.resolving(host),
            [answer](std::exception_ptr, base::Result<Addresses> got) { *answer = std::move(got); }
        );
        answers.push_back(answer);
    }
    bench.loop.io.restart();
    bench.loop.io.poll(); // all three have asked
    bench.names->let_go.at("busy.test").set_value();
    bench.names->let_go.clear();
    bench.loop.turn_until([&] {
        return std::ranges::all_of(answers, [](const auto& each) { return each->has_value(); });
    });
    for (const auto& answer : answers)
        CHECK(**answer);
    CHECK(bench.names->times("busy.test") == 1);
    // What was found is not kept: the next one asks anew.
    bench.names->stalling.clear();
    CHECK(bench.resolve("busy.test"));
    CHECK(bench.names->times("busy.test") == 2);
}

TEST_CASE("as many stalling names as there are exchanges at once delay no other", "[http]")
{
    constexpr int exchanges = 32; // send.concurrency
    Bench bench;
    for (int n = 0; n < exchanges; ++n) {
        const auto host = std::to_string(n) + ".dead.test";
        bench.names->stall(host);
        bench.begin(host, 1ms);
    }
    CHECK(bench.resolve("here.test"));
}

TEST_CASE("no more threads than the bound, each stalling name one", "[http]")
{
    Bench bench(2);
    bench.names->stall("one.test");
    bench.names->stall("two.test");
    const auto one = bench.begin("one.test", 10ms);
    const auto two = bench.begin("two.test", 10ms);
    bench.loop.turn_until([&] { return one->has_value() && two->has_value(); });
    // Nobody waits any more, and the threads still are there.
    const auto third = bench.resolve("three.test");
    REQUIRE_FALSE(third);
    CHECK(third.error().code == http::errc::cannot_resolve);
    CHECK(third.error().detail.find("too many look-ups") != std::string::npos);
    CHECK(bench.names->times("three.test") == 0);
    CHECK(bench.resolve("127.0.0.1"));

    bench.names->let_go.at("one.test").set_value();
    bench.names->let_go.erase("one.test");
    const auto later = [&] { return bench.resolve("three.test", 1s).has_value(); };
    bench.loop.turn_until(later);
    CHECK(bench.names->times("three.test") == 1);
}

TEST_CASE(
    "the end of the resolver waits for no look-up, and none finds a loop that is gone", "[http]"
)
{
    auto names = std::make_shared<Names>();
    names->stall("stalling.test");
    bool told = false;
    {
        Loop loop;
        const Loop* const gone = &loop;
        auto resolver = std::make_unique<Resolver>([names](const std::string& host) {
            return names->look_up(host);
        });
        auto wait =
            resolver->resolve(loop.io.get_executor(), "stalling.test", http::Clock::now() + 1h);
        asio::co_spawn(
            loop.io, std::move(wait),
            [&told, gone](std::exception_ptr, const base::Result<Addresses>&) {
                told = gone != nullptr;
            }
        );
        loop.turn_until([&] { return names->running == 1; });
        resolver.reset(); // with a look-up that has not ended
    }
    names->let_go.at("stalling.test").set_value();
    while (names.use_count() > 1) // the thread lets go of the function, with all it shares
        std::this_thread::yield();
    CHECK(names->running == 0);
    CHECK_FALSE(told);
}
