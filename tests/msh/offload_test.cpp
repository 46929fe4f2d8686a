// SPDX-License-Identifier: Apache-2.0
// A request may be cancelled at any moment; work that a pool does for it refers to what the request
// owns.
#include "msh/offload.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <catch2/catch.hpp>

#include <future>
#include <stdexcept>
#include <thread>

namespace {

namespace asio = boost::asio;

// A coroutine on the I/O thread that offloads, and the signal by which its session would cancel it.
struct Offloading {
    asio::io_context io{1};
    asio::thread_pool pool{2};
    asio::cancellation_signal signal;
    std::promise<void> begun;
    std::promise<void> released;
    std::thread::id resumed_on;
    int value = 0;
    bool ended = false;

    static asio::awaitable<void> run(Offloading& self)
    {
        const auto work = [&] {
            self.begun.set_value();
            self.released.get_future().wait();
            return 42;
        };
        self.value = co_await msh::offload(self.pool, work);
        self.resumed_on = std::this_thread::get_id();
    }
    void start()
    {
        auto done = [this](std::exception_ptr) { ended = true; };
        asio::co_spawn(io, run(*this), asio::bind_cancellation_slot(signal.slot(), done));
        io.poll();
        begun.get_future().wait();
    }
};

} // namespace

TEST_CASE("work on the pool ends in peace when its request is cancelled meanwhile", "[msh]")
{
    Offloading one;
    one.start();
    one.signal.emit(asio::cancellation_type::terminal);
    // Whatever the cancellation asked of the pool is done before the work goes on.
    std::promise<void> settled;
    asio::post(one.pool, [&] { settled.set_value(); });
    settled.get_future().wait();
    one.released.set_value();
    one.io.run_for(std::chrono::seconds(5));
    CHECK(one.ended);
    CHECK(one.value == 42);
    CHECK(one.resumed_on == std::this_thread::get_id());
}

TEST_CASE(
    "a cancellation that reaches a busy pool late finds nothing of a request that is gone", "[msh]"
)
{
    Offloading one;
    std::promise<void> busy;
    asio::post(one.pool, [&] { busy.get_future().wait(); });
    one.start();
    std::promise<void> later;
    asio::post(one.pool, [&] { later.get_future().wait(); });
    one.signal.emit(asio::cancellation_type::terminal);
    one.released.set_value();
    one.io.run_for(std::chrono::seconds(5));
    CHECK(one.ended);
    busy.set_value();
    later.set_value();
    one.pool.join();
}

TEST_CASE("what work on the pool throws is thrown to who asked for it", "[msh]")
{
    asio::io_context io(1);
    asio::thread_pool pool(1);
    const auto fail = []() -> int { throw std::runtime_error("bug"); };
    std::exception_ptr thrown;
    auto done = [&](std::exception_ptr failure, int) { thrown = failure; };
    asio::co_spawn(io, msh::offload(pool, fail), done);
    io.run_for(std::chrono::seconds(5));
    REQUIRE(thrown);
    CHECK_THROWS_AS(std::rethrow_exception(thrown), std::runtime_error);
}
