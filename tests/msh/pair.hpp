// SPDX-License-Identifier: Apache-2.0
// Two access points with real queues, and the test as the network between them.
#pragma once

#include "msh/msh.hpp"

#include "base/id.hpp"
#include "stepping.hpp"
#include "support/access_point.hpp"

#include <catch2/catch.hpp>

namespace pair {

using namespace std::chrono_literals;
using support::AccessPoint;
using support::HttpBody;
namespace asio = boost::asio;

using Sent = base::Result<http::ClientResponse>;

inline const pmode::Retry quick{.first = 1ms, .longest = 4ms, .time_to_live = 1h};

// A and B; a.network leads to B unless a test puts something else there.
struct Pair {
    asio::io_context io{1};
    support::Exchange exchange;
    stepping::Clocks clocks; // of both
    AccessPoint a;
    AccessPoint b;
    int arrived = 0;

    explicit Pair(
        pmode::Retry retry = quick, msh::Settings b_settings = {}, msh::Settings a_settings = {},
        support::Exchange both = support::Exchange()
    )
        : exchange(std::move(both)), a(io, exchange.a, retry, clocks.step(std::move(a_settings))),
          b(io, exchange.b, retry, clocks.step(std::move(b_settings)))
    {
        a.network = [this](HttpBody body) { return to_b(std::move(body)); };
        a.msh().start();
    }
    ~Pair()
    {
        stop_a(); // the loops end before what they refer to
    }

    // Before each restart of A: otherwise its loops would go on with a closed store.
    void stop_a()
    {
        const auto stop = [](AccessPoint& side) -> asio::awaitable<bool> {
            co_await side.msh().stop(1s);
            co_return true;
        };
        support::wait_for<bool>(io, stop(a));
        io.restart();
        io.run_for(50ms);
    }

    asio::awaitable<Sent> to_b(HttpBody body)
    {
        ++arrived;
        support::ScriptedRequest request("POST", "/as4", std::move(body.octets), 1000);
        request.fields.set("Content-Type", body.content_type);
        auto answer = co_await b.msh().receive(request);
        http::ClientResponse response;
        response.status = answer.status;
        response.headers = answer.headers;
        response.body = std::move(answer.body);
        co_return response;
    }

    base::Result<msh::Submitted> submit(const std::string& document, const msh::Caller& caller)
    {
        support::ScriptedRequest request("POST", "/v1/messages", document, 4000);
        return support::wait_for<base::Result<msh::Submitted>>(io, a.msh().submit(caller, request));
    }
    base::Result<msh::Submitted> submit(const std::string& document)
    {
        return submit(document, support::message_service("mt-a", {a.participant}));
    }
    std::string document(const std::string& content = "<a/>", const std::string& id = base::uuid())
    {
        return support::xhe(id, a.participant, b.participant, content);
    }
    // Afterwards A's send loop has taken everything that was due at this call.
    void make_claim() { stepping::make_claim(io, a); }
    queue::Message at_a(const std::string& id)
    {
        return a.queue().find(id, queue::Visibility::all()).value();
    }
    bool reaches(const std::string& id, queue::State state)
    {
        return support::run_until(io, [&] { return at_a(id).summary.state == state; });
    }
    std::vector<msh::InboxItem> lease()
    {
        const auto caller = support::message_service("mt-b", {b.participant});
        return support::wait_for<base::Result<std::vector<msh::InboxItem>>>(
                   io, b.msh().lease(caller, 10, 1min)
        )
            .value();
    }
    std::string fetch(const std::string& id)
    {
        const auto caller = support::message_service("mt-b", {b.participant});
        return support::wait_for<std::string>(io, gather(b, caller, id));
    }
    static asio::awaitable<std::string>
    gather(AccessPoint& side, msh::Caller caller, std::string id)
    {
        auto payload = co_await side.msh().payload(caller, id, 0);
        std::string octets;
        while (true) {
            const auto piece = co_await payload.value().source->next();
            if (piece.value().empty()) break;
            octets += *piece;
        }
        REQUIRE(octets.size() == payload->size);
        co_return octets;
    }
};

inline Sent html(int status)
{
    http::ClientResponse response;
    response.status = status;
    response.headers.set("Content-Type", "text/html");
    response.body = "<html><body>Bad gateway</body></html>";
    return response;
}

inline std::string noise(std::size_t size)
{
    std::string text;
    std::uint32_t state = 12345;
    while (text.size() < size) {
        state = state * 1664525 + 1013904223;
        text += static_cast<char>('A' + (state >> 24) % 26);
    }
    return text;
}

} // namespace pair
