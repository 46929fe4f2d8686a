// SPDX-License-Identifier: Apache-2.0
// Runs work on the workers and on the queue's writer, and resumes the caller on the I/O thread.
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

// Runs blocking work (signing, XML, files, reads) on the pool and resumes on the caller's executor.
// The work may refer to the caller's frame, because a cancellation does not end the wait. It takes
// effect at the caller's next co_await. (A coroutine spawned on the pool would take part in the
// cancellation, which ends the process with Boost 1.81.)
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
        // The io_context must not end while the pool works.
        auto guard = asio::make_work_guard(executor);
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

// Awaits one write of the queue. `start` runs on the pool, because it may block on payload files.
// It gets the completion, which the queue calls on its writer thread after the commit.
template <class T, class Start>
asio::awaitable<base::Result<T>> committed(asio::thread_pool& pool, Start start)
{
    auto initiate = [&pool](auto handler, Start begin) {
        using Handler = decltype(handler);
        // std::function needs a copyable callable.
        auto waiting = std::make_shared<Handler>(std::move(handler));
        auto executor = asio::get_associated_executor(*waiting);
        // The io_context must not end while the writer works.
        auto guard = asio::make_work_guard(executor);
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
