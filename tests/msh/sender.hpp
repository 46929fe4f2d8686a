// SPDX-License-Identifier: Apache-2.0
// A before a peer whose receipts the test holds, and sends as requests of their own when it likes.
#pragma once

#include "msh/msh.hpp"

#include "base/id.hpp"
#include "support/access_point.hpp"

#include <catch2/catch.hpp>

namespace sender {

using namespace std::chrono_literals;
using queue::State;

namespace asio = boost::asio;
using Sent = base::Result<http::ClientResponse>;

inline support::Terms callback_terms(pmode::ReplyPattern reply)
{
    support::Terms terms;
    terms.pmode.receipt_reply = reply;
    terms.pmode.receipt_timeout = 5min;
    return terms;
}

inline Sent empty(int status)
{
    http::ClientResponse response;
    response.status = status;
    return response;
}

struct Sender {
    asio::io_context io{1};
    support::Exchange exchange;
    support::AccessPoint a;
    support::AccessPoint b;
    std::vector<base::Bytes> receipts; // what B answered, in order
    std::string id;                    // of the message submitted
    std::string message_id;

    explicit Sender(
        pmode::ReplyPattern reply = pmode::ReplyPattern::callback,
        pmode::Retry retry = {.first = 1h, .longest = 1h, .time_to_live = 24h},
        msh::Settings settings = {}
    )
        : exchange(callback_terms(reply)), a(io, exchange.a, retry, std::move(settings)),
          b(io, exchange.b, {})
    {
        a.network = [this](support::HttpBody body) { return answer_with(std::move(body), 202); };
        a.msh().start();
    }
    ~Sender() { stop_a(); }

    // Before each restart of A: otherwise its loops would go on with a closed store.
    void stop_a()
    {
        const auto stop = [](support::AccessPoint& side) -> asio::awaitable<bool> {
            co_await side.msh().stop(1s);
            co_return true;
        };
        support::wait_for<bool>(io, stop(a));
        io.restart();
        io.run_for(50ms);
    }

    asio::awaitable<void> to_b(support::HttpBody body)
    {
        support::ScriptedRequest request("POST", "/as4", std::move(body.octets));
        request.fields.set("Content-Type", body.content_type);
        auto answer = co_await b.msh().receive(request);
        receipts.push_back(std::move(answer.body));
    }
    asio::awaitable<Sent> answer_with(support::HttpBody body, int status)
    {
        co_await to_b(std::move(body));
        co_return empty(status);
    }
    void submit()
    {
        const auto caller = support::message_service("mt", {a.participant});
        support::ScriptedRequest request(
            "POST", "/v1/messages", support::xhe(base::uuid(), a.participant, b.participant)
        );
        const auto submitted =
            support::wait_for<base::Result<msh::Submitted>>(io, a.msh().submit(caller, request))
                .value();
        id = submitted.id;
        message_id = submitted.message_id;
    }
    queue::Message message() { return a.queue().find(id, queue::Visibility::all()).value(); }
    State state() { return message().summary.state; }
    bool reaches(State wanted)
    {
        return support::run_until(io, [&] { return state() == wanted; });
    }
    asio::awaitable<http::Response>
    post(base::Bytes soap, std::string type = "application/soap+xml")
    {
        support::ScriptedRequest request("POST", "/as4", std::move(soap));
        request.fields.set("Content-Type", std::move(type));
        co_return co_await a.msh().receive(request);
    }
    http::Response signal(const base::Bytes& soap)
    {
        return support::wait_for<http::Response>(io, post(soap));
    }
    // An error of B about the message.
    base::Bytes error(const ebms::ErrorCode& code, const std::string& detail)
    {
        as4::ErrorAnswer answer;
        answer.code = code;
        answer.detail = detail;
        return as4::make_error_signal(answer, message_id, exchange.b.signer, base::now()).value();
    }
    base::Bytes unsigned_error(const std::string& about)
    {
        as4::ErrorAnswer answer;
        answer.code = ebms::other;
        answer.detail = "NOT_SERVICED";
        return as4::make_unsigned_error_signal(answer, about, base::now());
    }
    std::size_t events(const std::string& name)
    {
        const auto all = message().events;
        return static_cast<std::size_t>(std::ranges::count(all, name, &queue::Event::name));
    }
};

inline base::Bytes without_security(base::Bytes soap)
{
    const auto begin = soap.find("<wsse:Security");
    soap.erase(begin, soap.find("</wsse:Security>") + 16 - begin);
    return soap;
}

} // namespace sender
