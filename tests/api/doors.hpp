// SPDX-License-Identifier: Apache-2.0
// Two access points with their doors, A sending to B, for the tests of the doors.
#pragma once

#include "api/api.hpp"

#include "base/id.hpp"
#include "crypto/digest.hpp"
#include "support/access_point.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <string>

namespace doors {

namespace asio = boost::asio;
namespace json = boost::json;

inline json::object body_of(const http::Response& response)
{
    return json::parse(response.body).as_object();
}

struct Pair {
    asio::io_context io{1};
    support::Exchange exchange;
    base::Duration ahead{}; // of A's clock
    support::AccessPoint a{io, exchange.a, {}, with_clock()};
    support::AccessPoint b{io, exchange.b, {}};
    api::RestDoor rest_a{
        a.msh(), {client("mt-a", a.participant), client("party-a", support::party_a)}
    };
    api::RestDoor rest_b{
        b.msh(),
        {client("mt-b", b.participant), client("party-b", support::party_b),
         client("stranger", "0203:stranger.example")}
    };
    api::AdminDoor admin_a{a.msh(), {"1.2.3", base::Time{}}};
    api::AdminDoor admin_b{b.msh(), {"1.2.3", base::Time{}}};

    explicit Pair(const support::Terms& terms = {}) : exchange(terms)
    {
        a.network = [this](support::HttpBody body) { return to_b(std::move(body)); };
        a.msh().start();
    }
    ~Pair()
    {
        // The loops end before what they refer to.
        const auto stop = [](support::AccessPoint& side) -> asio::awaitable<bool> {
            co_await side.msh().stop(std::chrono::seconds(1));
            co_return true;
        };
        support::wait_for<bool>(io, stop(a));
        io.restart();
        io.run_for(std::chrono::milliseconds(50));
    }

    msh::Settings with_clock() const
    {
        msh::Settings settings;
        settings.clocks = [this] {
            auto now = msh::read_clocks();
            now.wall += ahead;
            return now;
        };
        return settings;
    }
    static std::string token(const std::string& name) { return "the token of " + name; }
    static api::Client client(const std::string& name, const std::string& participant)
    {
        api::Client client;
        client.name = name;
        client.participants = {participant};
        client.token_sha256 = crypto::sha256(token(name));
        return client;
    }

    static support::ScriptedRequest request(
        const std::string& client, const std::string& method, const std::string& path,
        std::string body = {}, const std::string& type = {}
    )
    {
        support::ScriptedRequest request(method, path, std::move(body), 1000);
        if (!client.empty()) request.fields.set("Authorization", "Bearer " + token(client));
        if (!type.empty()) request.fields.set("Content-Type", type);
        return request;
    }
    template <class Door> http::Response ask(Door& door, support::ScriptedRequest request)
    {
        return support::wait_for(io, door.handle(request));
    }
    std::string document(const std::string& id = base::uuid())
    {
        return support::xhe(id, a.participant, b.participant);
    }
    http::Response submit(const std::string& document)
    {
        return ask(rest_a, request("mt-a", "POST", "/v1/messages", document, "application/xml"));
    }
    json::object message(const std::string& id)
    {
        return body_of(ask(rest_a, request("mt-a", "GET", "/v1/messages/" + id)));
    }
    // Submits and turns the loop until the receipt is there; the message as A shows it.
    json::object deliver(const std::string& document)
    {
        const std::string id(body_of(submit(document)).at("id").as_string());
        const auto delivered = [&] { return message(id).at("state").as_string() == "delivered"; };
        for (int turns = 0; turns < 2000 && !delivered(); ++turns) {
            io.restart();
            io.run_for(std::chrono::milliseconds(5));
        }
        return message(id);
    }
    // The octets of an answer, whichever way it has them.
    std::string octets(http::Response response)
    {
        if (!response.source) return response.body;
        std::string all;
        while (true) {
            const auto piece = support::wait_for(io, response.source->next());
            if (!piece || piece->empty()) return all;
            all += *piece;
        }
    }

private:
    asio::awaitable<base::Result<http::ClientResponse>> to_b(support::HttpBody body)
    {
        support::ScriptedRequest request("POST", "/as4", std::move(body.octets), 1000);
        request.fields.set("Content-Type", body.content_type);
        auto answer = co_await b.msh().receive(request);
        http::ClientResponse response;
        response.status = answer.status;
        response.headers = answer.headers;
        response.body = std::move(answer.body);
        co_return response;
    }
};

} // namespace doors
