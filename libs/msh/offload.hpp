// SPDX-License-Identifier: Apache-2.0
// From the I/O thread to the workers and the queue's writer, and back.
#pragma once

#include "queue/queue.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace msh {

namespace asio = boost::asio;

// Runs blocking work (signing, XML, files, reads) on the pool and comes back to the caller's
// thread. The work may refer to the caller's frame: a cancellation does not end the wait, it shows
// at the caller's next co_await. (A coroutine spawned on the pool would take part in the
// cancellation, and with Boost 1.81 that ends the process.)
template <class Work>
asio::awaitable<std::invoke_result_t<Work&>> offload(asio::thread_pool& pool, Work work)
{
    std::optional<std::invoke_result_t<Work&>> value;
    std::exception_ptr failure;
    auto run = [&] {
        try {
            value.emplace(work());
        } catch (...) {
            failure = std::current_exception();
        }
    };
    auto initiate = [&pool, &run](auto handler) {
        auto executor = asio::get_associated_executor(handler);
        auto guard =
            asio::make_work_guard(executor); // the io_context must not end while the pool works
        auto task = [&run, executor, guard, handler = std::move(handler)]() mutable {
            run();
            asio::post(executor, std::move(handler));
        };
        asio::post(pool, std::move(task));
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        std::move(initiate), asio::use_awaitable
    );
    if (failure) std::rethrow_exception(failure);
    co_return std::move(*value);
}

// Awaits one write of the queue. `start` is called on the pool, since it may block on payload
// files, with the completion, which the queue calls on its writer thread after the commit.
template <class T, class Start>
asio::awaitable<base::Result<T>> committed(asio::thread_pool& pool, Start start)
{
    auto initiate = [&pool](auto handler, Start begin) {
        using Handler = decltype(handler);
        auto waiting = std::make_shared<Handler>(std::move(handler)); // std::function wants copies
        auto executor = asio::get_associated_executor(*waiting);
        auto guard =
            asio::make_work_guard(executor); // the io_context must not end while the writer works
        auto done = [waiting, executor, guard](base::Result<T> result) {
            auto resume = [waiting, result = std::move(result)]() mutable {
                (*waiting)(std::move(result));
            };
            asio::post(executor, std::move(resume));
        };
        auto run = [begin = std::move(begin), done = std::move(done)]() mutable {
            begin(std::move(done));
        };
        asio::post(pool, std::move(run));
    };
    auto result =
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void(base::Result<T>)>(
            std::move(initiate), asio::use_awaitable, std::move(start)
        );
    co_return result;
}

} // namespace msh
