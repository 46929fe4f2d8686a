// SPDX-License-Identifier: Apache-2.0
// An access point without sockets: a real Msh and a real queue whose HTTP client is a function, so
// that a test is the network between two of them and can lose, change or invent answers.
#pragma once

#include "msh/msh.hpp"
#include "support/exchange.hpp"
#include "support/scripted_request.hpp"
#include "support/xhe.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace support {

// What a sent request met: its whole body and content type in, an answer out.
using Network = std::function<boost::asio::awaitable<base::Result<http::ClientResponse>>(HttpBody)>;

class AccessPoint {
public:
    AccessPoint(
        boost::asio::io_context& io, const Side& side, pmode::Retry retry,
        msh::Settings settings = {}
    );
    // A new queue and Msh on the same data, as after a restart. The old ones are gone first.
    void restart();
    // The same with other [[peer]]s: their certificates have been replaced, say.
    void restart(std::vector<pmode::Peer> peers);

    msh::Msh& msh() { return *running_->msh; }
    queue::Queue& queue() { return *running_->queue; }
    msh::Parts parts()
    {
        return {pmodes_, side_.signer, side_.trust, queue(), *running_->client, {}, witnesses};
    }
    std::vector<msh::ClockWitness> witnesses; // of the next restart
    Network network;
    std::string participant;
    base::Path folder() const { return folder_.path(); }

private:
    struct Running {
        std::optional<queue::Queue> queue;
        std::unique_ptr<http::Client> client;
        std::unique_ptr<msh::Msh> msh;
    };
    boost::asio::io_context& io_;
    const Side& side_;
    pmode::PModes pmodes_;
    msh::Settings settings_;
    TemporaryFolder folder_;
    std::unique_ptr<Running> running_;
};

// A message service as a door would know it: it submits, fetches and reads for these participants.
inline msh::Caller message_service(std::string name, std::vector<std::string> participants)
{
    return {
        std::move(name), queue::Visibility::of(std::move(participants)),
        msh::Scopes::of_message_service()
    };
}

// Runs the io_context until the awaitable is done, and gives its value. Throws after 20 seconds.
template <class T> T wait_for(boost::asio::io_context& io, boost::asio::awaitable<T> work)
{
    std::optional<T> value;
    std::exception_ptr failure;
    bool done = false;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, T result) {
        failure = thrown;
        if (!thrown) value.emplace(std::move(result));
        done = true;
    });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    io.restart();
    while (!done && std::chrono::steady_clock::now() < end)
        io.run_one_until(end);
    if (failure) std::rethrow_exception(failure);
    if (!done) throw std::runtime_error("not done in time");
    return std::move(*value);
}

// Runs the io_context until the condition holds. False after 20 seconds.
bool run_until(boost::asio::io_context& io, const std::function<bool()>& condition);

} // namespace support
